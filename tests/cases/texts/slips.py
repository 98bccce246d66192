"""Beginners' slips: right answers with one line changed, and what may truly be said of each.

    SLIPS   [(exercise, old, new, codes of faults that are true)]; every answer may also be told by 'differs',
            'shape' and the other plain observations
    Change  a random change of a source
"""

import ast

RESBLOCK, MODULE, STEM = 'resblock', 'resnet_module', 'first_module'
STEP, ACCURACY, NORMS, HEAD = 'training_step', 'accuracy', 'gradient_norms', 'new_head'

SLIPS = [
    # ---- ResBlock: the source of nndl.ResBlock
    (RESBLOCK, 'self.bn1(self.conv1(inputs))', 'self.conv1(inputs)', ['f(x) = bn2(conv2(relu(conv1(x))))']),
    (RESBLOCK, 'F.relu(self.bn1(self.conv1(inputs)))', 'self.bn1(self.conv1(inputs))', ['f(x) = bn2(conv2(bn1(conv1(x))))']),
    (RESBLOCK, 'F.relu(self.bn1(self.conv1(inputs)))', 'self.bn1(F.relu(self.conv1(inputs)))', ['f(x) = bn2(conv2(bn1(relu(conv1(x)))))']),
    (RESBLOCK, 'self.bn2(self.conv2(y))', 'self.conv2(y)', ['f(x) = conv2(relu(bn1(conv1(x))))']),
    (RESBLOCK, 'self.bn2(self.conv2(y))', 'self.bn1(self.conv2(y))', ['f(x) = bn1(conv2(relu(bn1(conv1(x)))))']),
    (RESBLOCK, 'self.bn2(self.conv2(y))', 'F.relu(self.bn2(self.conv2(y)))', ['relu(f(x)) + x']),
    (RESBLOCK, 'self.bn2(self.conv2(y))', 'self.bn2(self.conv1(inputs))', ['f(x) = bn1(conv1(x))']),
    (RESBLOCK, 'return F.relu(y)', 'return y', ['return f(x) + x if use_residual else f(x)']),
    (RESBLOCK, 'return F.relu(y)', 'F.relu(y)', ['nothing_returned']),
    (RESBLOCK, 'return F.relu(y)', 'return torch.sigmoid(y)', ['return sigmoid(f(x) + x)']),
    (RESBLOCK, 'return F.relu(y)', 'return nn.ReLU(y)', ['nothing_returned']),
    (RESBLOCK, 'if self.use_residual:', 'if not self.use_residual:', ['use_residual = not use_residual', 'crashed']),
    (RESBLOCK, 'if self.use_residual:', 'if True:', ['use_residual = True', 'crashed']),
    (RESBLOCK, 'if self.use_residual:', 'if self.use_1x1conv:', []),
    (RESBLOCK, 'self.bn3(self.shortcut(inputs))', 'self.shortcut(inputs)', ['relu(f(x) + shortcut(x))']),
    (RESBLOCK, 'self.bn3(self.shortcut(inputs))', 'self.bn2(self.shortcut(inputs))', ['relu(f(x) + bn2(shortcut(x)))']),
    (RESBLOCK, 'self.bn3(self.shortcut(inputs))', 'self.bn3(self.shortcut(y))', ['shortcut(f(x))']),
    (RESBLOCK, 'self.bn3(self.shortcut(inputs))', 'F.relu(self.bn3(self.shortcut(inputs)))', ['relu(f(x) + relu(bn3(shortcut(x))))']),
    (RESBLOCK, 'else inputs)', 'else 0)', []),
    (RESBLOCK, 'y = y + (', 'y = y * (', []),
    (RESBLOCK, 'y = y + (', 'y = y - (', []),
    (RESBLOCK, 'out_channels, 1, stride=stride', 'out_channels, 1', ['shortcut = nn.Conv2d(..., stride=1)']),
    (RESBLOCK, 'out_channels, 1, stride=stride', 'out_channels, 3, stride=stride, padding=1', ['shortcut = nn.Conv2d(in_channels, out_channels, 3, ...)']),
    (RESBLOCK, '3, stride=stride, padding=1', '3, padding=1', ['crashed', 'shape']),
    (RESBLOCK, '3, stride=stride, padding=1', '3, stride=stride', ['nn.Conv2d(..., padding=0)']),
    (RESBLOCK, 'out_channels, 3, padding=1', 'out_channels, 3, stride=stride, padding=1', ['conv1, conv2 = nn.Conv2d(..., stride=stride), nn.Conv2d(..., stride=stride)']),
    (RESBLOCK, 'out_channels, 3, padding=1', 'in_channels, 3, padding=1', ['crashed']),
    (RESBLOCK, 'in_channels != out_channels or stride != 1', 'in_channels != out_channels', ['if in_channels != out_channels: x = bn3(shortcut(x))']),
    (RESBLOCK, 'in_channels != out_channels or stride != 1', 'stride != 1', ['no_projection']),
    (RESBLOCK, 'use_residual and (in_channels != out_channels or stride != 1)', 'use_residual', ['projection_always']),
    (RESBLOCK, 'in_channels != out_channels or stride != 1', 'in_channels != out_channels and stride != 1', ['crashed']),
    (RESBLOCK, 'self.bn1 = nn', 'bn1 = nn', ['crashed']),
    (RESBLOCK, 'use_residual=True', 'use_residual=False', ['other_default']),
    (RESBLOCK, 'super().__init__()', 'pass', ['crashed']),
    # ---- resnet_module and make_first_module
    (MODULE, 'stride, use_residual)', '1, use_residual)', ['stride = 1']),
    (MODULE, 'out_channels, use_residual=use_residual)', 'out_channels, stride, use_residual)', ['ResBlock(out_channels, out_channels, stride, use_residual)']),
    (MODULE, 'out_channels, use_residual=use_residual)', 'out_channels, use_residual)', ['stride_is_bool']),
    (MODULE, 'out_channels, use_residual=use_residual)', 'out_channels)', ['ResBlock(out_channels, out_channels)']),
    (MODULE, 'num_res_blocks - 1', 'num_res_blocks', ['n_blocks']),
    (MODULE, '[first, *others]', 'others', ['n_blocks', 'crashed']),
    (MODULE, 'ResBlock(out_channels, out_channels', 'ResBlock(input_channels, out_channels', ['all_take_input_channels']),
    (STEM, 'nn.BatchNorm2d(64),', '', ['Conv2d, ReLU, MaxPool2d']),
    (STEM, 'nn.ReLU(),', '', ['Conv2d, BatchNorm2d, MaxPool2d']),
    (STEM, 'nn.ReLU(),', 'nn.ReLU,', ['crashed']),
    (STEM, 'stride=2, padding=1', 'stride=2', ['nn.MaxPool2d(3, 2)']),
    (STEM, 'padding=3', 'padding=1', ['nn.Conv2d(in_channels, 64, 7, stride=2, padding=1)']),
    (STEM, 'nn.MaxPool2d', 'nn.AvgPool2d', ['nn.AvgPool2d(3, 2, 1)']),
    # ---- functions: the first right answer of each
    (STEP, '    model.train()\n', '', ['eval_mode']),
    (STEP, '    loss.backward()\n', '', ['no_backward']),
    (STEP, '    optimizer.step()\n', '', ['no_step']),
    (STEP, '    optimizer.zero_grad()\n', '', ['not_zeroed']),
    (STEP, 'loss_fn(outputs, labels)', 'loss_fn(labels, outputs)', ['crashed']),
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
    (HEAD, 'model.fc.in_features', '512', ['crashed']),
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
