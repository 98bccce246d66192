"""Beginners' slips: right answers with one line changed, and what may truly be said of each.

    SLIPS   [(exercise, old, new, names that are true)]; every answer may also be told by 'differs',
            'shape' and the other plain observations
    Change  a random change of a source
"""

import ast

RESBLOCK, MODULE, STEM = 'resblock', 'resnet_module', 'first_module'
STEP, ACCURACY, NORMS, HEAD = 'training_step', 'accuracy', 'gradient_norms', 'new_head'

SLIPS = [
    # ---- ResBlock: the source of nndl.ResBlock
    (RESBLOCK, 'self.bn1(self.conv1(inputs))', 'self.conv1(inputs)', ['no_norm_in_f']),
    (RESBLOCK, 'F.relu(self.bn1(self.conv1(inputs)))', 'self.bn1(self.conv1(inputs))', ['no_relu_inside']),
    (RESBLOCK, 'F.relu(self.bn1(self.conv1(inputs)))', 'self.bn1(F.relu(self.conv1(inputs)))', ['relu_before_norm']),
    (RESBLOCK, 'self.bn2(self.conv2(y))', 'self.conv2(y)', ['no_norm_in_f']),
    (RESBLOCK, 'self.bn2(self.conv2(y))', 'self.bn1(self.conv2(y))', ['norm_reused']),
    (RESBLOCK, 'self.bn2(self.conv2(y))', 'F.relu(self.bn2(self.conv2(y)))', ['relu_before_sum']),
    (RESBLOCK, 'self.bn2(self.conv2(y))', 'self.bn2(self.conv1(inputs))', ['one_convolution']),
    (RESBLOCK, 'return F.relu(y)', 'return y', ['no_relu_at_the_end']),
    (RESBLOCK, 'return F.relu(y)', 'F.relu(y)', ['nothing_returned']),
    (RESBLOCK, 'return F.relu(y)', 'return torch.sigmoid(y)', ['activation']),
    (RESBLOCK, 'return F.relu(y)', 'return nn.ReLU(y)', ['nothing_returned']),
    (RESBLOCK, 'if self.use_residual:', 'if not self.use_residual:', ['residual_inverted', 'crashed']),
    (RESBLOCK, 'if self.use_residual:', 'if True:', ['residual_always', 'crashed']),
    (RESBLOCK, 'if self.use_residual:', 'if self.use_1x1conv:', []),
    (RESBLOCK, 'self.bn3(self.shortcut(inputs))', 'self.shortcut(inputs)', ['shortcut_without_norm']),
    (RESBLOCK, 'self.bn3(self.shortcut(inputs))', 'self.bn2(self.shortcut(inputs))', ['shortcut_norm_reused']),
    (RESBLOCK, 'self.bn3(self.shortcut(inputs))', 'self.bn3(self.shortcut(y))', ['shortcut_input']),
    (RESBLOCK, 'self.bn3(self.shortcut(inputs))', 'F.relu(self.bn3(self.shortcut(inputs)))', ['relu_on_shortcut']),
    (RESBLOCK, 'else inputs)', 'else 0)', []),
    (RESBLOCK, 'y = y + (', 'y = y * (', []),
    (RESBLOCK, 'y = y + (', 'y = y - (', []),
    (RESBLOCK, 'out_channels, 1, stride=stride', 'out_channels, 1', ['shortcut_no_stride']),
    (RESBLOCK, 'out_channels, 1, stride=stride', 'out_channels, 3, stride=stride, padding=1', ['shortcut_kernel']),
    (RESBLOCK, '3, stride=stride, padding=1', '3, padding=1', ['crashed', 'shape']),
    (RESBLOCK, '3, stride=stride, padding=1', '3, stride=stride', ['conv_options']),
    (RESBLOCK, 'out_channels, 3, padding=1', 'out_channels, 3, stride=stride, padding=1', ['stride_on_both']),
    (RESBLOCK, 'out_channels, 3, padding=1', 'in_channels, 3, padding=1', ['crashed']),
    (RESBLOCK, 'in_channels != out_channels or stride != 1', 'in_channels != out_channels', ['projection_only_for_channels']),
    (RESBLOCK, 'in_channels != out_channels or stride != 1', 'stride != 1', ['no_projection']),
    (RESBLOCK, 'use_residual and (in_channels != out_channels or stride != 1)', 'use_residual', ['projection_always']),
    (RESBLOCK, 'in_channels != out_channels or stride != 1', 'in_channels != out_channels and stride != 1', ['crashed']),
    (RESBLOCK, 'self.bn1 = nn', 'bn1 = nn', ['crashed']),
    (RESBLOCK, 'use_residual=True', 'use_residual=False', ['other_default']),
    (RESBLOCK, 'super().__init__()', 'pass', ['crashed']),
    # ---- resnet_module and make_first_module
    (MODULE, 'stride, use_residual)', '1, use_residual)', ['stride_ignored']),
    (MODULE, 'out_channels, use_residual=use_residual)', 'out_channels, stride, use_residual)', ['stride_everywhere']),
    (MODULE, 'out_channels, use_residual=use_residual)', 'out_channels, use_residual)', ['stride_is_bool']),
    (MODULE, 'out_channels, use_residual=use_residual)', 'out_channels)', ['residual_not_everywhere']),
    (MODULE, 'num_res_blocks - 1', 'num_res_blocks', ['n_blocks']),
    (MODULE, '[first, *others]', 'others', ['n_blocks', 'crashed']),
    (MODULE, 'ResBlock(out_channels, out_channels', 'ResBlock(input_channels, out_channels', ['all_take_input_channels']),
    (STEM, 'nn.BatchNorm2d(64),', '', ['left_out']),
    (STEM, 'nn.ReLU(),', '', ['left_out']),
    (STEM, 'nn.ReLU(),', 'nn.ReLU,', ['crashed']),
    (STEM, 'stride=2, padding=1', 'stride=2', ['pool_window']),
    (STEM, 'padding=3', 'padding=1', ['conv_padding']),
    (STEM, 'nn.MaxPool2d', 'nn.AvgPool2d', ['mean_pooling']),
    # ---- functions: the first right answer of each
    (STEP, '    model.train()\n', '', ['eval_mode']),
    (STEP, '    loss.backward()\n', '', ['no_backward']),
    (STEP, '    optimizer.step()\n', '', ['no_step']),
    (STEP, '    optimizer.zero_grad()\n', '', ['not_zeroed']),
    (STEP, 'loss_fn(outputs, labels)', 'loss_fn(labels, outputs)', ['crashed', 'loss_arguments']),
    (STEP, 'return loss.item()', 'return loss', ['returns_tensor']),
    (STEP, '    return loss.item()', '    loss.item()', ['returns_nothing']),
    (ACCURACY, 'dim=1', 'dim=0', ['argmax_dimension', 'crashed']),
    (ACCURACY, '.reshape(-1)', '', ['label_column']),
    (ACCURACY, '.float().mean()', '.sum()', ['count']),
    (ACCURACY, '.mean().item()', '.mean()', ['no_number']),
    (ACCURACY, '.float().mean()', '.mean()', ['crashed']),
    (ACCURACY, 'predictions == ', 'predictions != ', ['error_rate']),
    (NORMS, 'p.grad.norm()', 'p.norm()', ['weight_norm']),
    (NORMS, 'p.grad.norm()', 'p.grad.sum()', ['other_norm']),
    (NORMS, '.backward()', '', ['no_backward']),
    (NORMS, '             if p.grad is not None', '', ['crashed', 'frozen', 'unused']),
    (HEAD, '    model.requires_grad_(False)\n', '', ['body_not_frozen']),
    (HEAD, 'model.fc.in_features', '512', ['wrong_in_features', 'crashed']),
    (HEAD, '    return model', '    return model.fc', ['not_a_model']),
]


class Change(ast.NodeTransformer):
    """One change somewhere: of a number, a comparison, an operation, a name, a call."""

    def __init__(self, rng):
        self.rng, self.target = rng, None

    def of(self, source):
        tree = ast.parse(source)
        nodes = [node for node in ast.walk(tree) if isinstance(
            node, ast.Constant | ast.Compare | ast.BinOp | ast.Attribute | ast.Call | ast.BoolOp)]
        self.target = self.rng.choice(nodes)
        return ast.unparse(ast.fix_missing_locations(self.visit(tree)))

    def visit(self, node):
        if node is not self.target:
            return super().generic_visit(node)
        if isinstance(node, ast.Constant):
            return ast.Constant(self.rng.choice([0, 1, 2, 3, True, False]))
        if isinstance(node, ast.Compare):
            node.ops = [self.rng.choice([ast.Eq(), ast.NotEq(), ast.Lt(), ast.GtE()])]
        elif isinstance(node, ast.BinOp):
            node.op = self.rng.choice([ast.Add(), ast.Sub(), ast.Mult()])
        elif isinstance(node, ast.BoolOp):
            node.op = self.rng.choice([ast.And(), ast.Or()])
        elif isinstance(node, ast.Attribute):
            node.attr = self.rng.choice(['bn1', 'bn2', 'bn3', 'conv1', 'conv2', 'shortcut',
                                         'use_residual', 'use_1x1conv', 'relu', 'sigmoid'])
        elif isinstance(node, ast.Call) and node.args:
            return self.rng.choice([node.args[0], ast.Call(
                ast.parse('F.relu').body[0].value, [node], [])])
        return node
