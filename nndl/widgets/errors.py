"""Confusion matrices of networks, and the digits that each network misclassifies."""

from nndl.lab.language import chosen_words
from nndl.plot import label, new_figure, show_maps
from nndl.widgets.block import check_arguments, shares
from nndl.widgets.shown import Controls, figure_tag
from nndl.widgets.toolkit import Dropdown

__all__ = ['WhereItErrs']

MOST = 40  # digits on the page
WORDS = {
    'en': {'network': 'Network', 'true': 'True digit', 'read': 'Classified as', 'any': 'any',
           'found': 'Misclassified: {n}. Titles: true digit → answer.', 'more': 'and {n} more'},
    'zh': {'network': '网络', 'true': '真实数字', 'read': '认成', 'any': '任意',
           'found': '认错 {n} 个。图像上方：真实数字 → 网络的答案。', 'more': '另有 {n} 个'},
}


class WhereItErrs(Controls):
    """Confusion matrices, and the misclassified digits by network, true digit and answer.

    Args:
        models: {name: network}, each (N, 1, 32, 32) -> (N, 10).
        digits: a data set of ``load_mnist``.
        language: 'en' or 'zh'; None: that of the lab.

    Attributes:
        reads: {name: (N,), the answers of the network}; network, true, read: the controls.

    Raises:
        ValueError: if the models are no networks, or there are no digits.
    """

    def __init__(self, models, digits, language=None):
        answers = shares(check_arguments(models, digits), digits.images)
        self.reads = {name: each.argmax(dim=1) for name, each in answers.items()}
        self.digits, words = digits, chosen_words(WORDS, language)
        self.matrices = figure_tag(self.picture())
        options = [(words['any'], ''), *zip('0123456789', range(10), strict=True)]
        super().__init__(words, network=Dropdown(options=list(models)),
                         true=Dropdown(options=options), read=Dropdown(options=options))

    def matrix(self, name):
        """How often each digit was read as which: rows true, columns read; (10, 10)."""
        return (10 * self.digits.labels + self.reads[name]).bincount(minlength=100).view(10, 10)

    def html(self):
        """The confusion matrices and the misclassified digits that the controls choose."""
        labels, reads = self.digits.labels, self.reads[self.network.value]
        chosen = labels != reads
        for control, values in ((self.true, labels), (self.read, reads)):
            if control.value != '':  # a value of None would show no label
                chosen &= values == control.value
        numbers = chosen.nonzero()[:, 0].tolist()
        found = self.words['found'].format(n=len(numbers))
        page = f'{self.matrices}<p aria-live="polite">{found}</p>'
        if shown := numbers[:MOST]:
            titles = [f'{labels[i]} → {reads[i]}' for i in shown]
            page += figure_tag(show_maps(self.digits.images[shown, 0], titles, columns=10))
        return page + (self.words['more'].format(n=len(numbers) - MOST) if numbers[MOST:] else '')

    def picture(self):
        """The confusion matrices side by side."""
        figure = new_figure((4 * len(self.reads), 4.4))
        for place, name in enumerate(self.reads, start=1):
            matrix, axes = self.matrix(name), figure.add_subplot(1, len(self.reads), place)
            wrong = matrix.clone().fill_diagonal_(0)
            axes.imshow(wrong.numpy(), cmap='Oranges', vmax=2 * max(4, wrong.max()))
            for true, read in matrix.nonzero().tolist():
                axes.text(read, true, int(matrix[true, read]), ha='center', va='center', size=9)
            axes.set(xticks=range(10), yticks=range(10), xlabel=label('answer'),
                     ylabel=label('true digit'))
            axes.set_title(label('{0}: {1} of {2} misclassified', name, wrong.sum(),
                                 len(self.digits)), fontsize=10)
        return figure
