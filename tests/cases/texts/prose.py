"""What labs and READMEs say of the stored results: {page: phrases, with the figures left open}."""

PHRASES = {
    'notebooks/source/03_ablation.md': [
        'by {own18_1} points with 18 layers (95% interval {own18_low_1} to {own18_high_1}; median '
        '{own18_median_1}), by {own34_0} with 34 ({own34_low_0} to {own34_high_0}; median '
        '{own34_median_0})',
        '18 层高 {own18_1} 个百分点（95% 区间为 {own18_low_1} 到 {own18_high_1}，中位数 '
        '{own18_median_1}），34 层高 {own34_0} 个百分点（{own34_low_0} 到 {own34_high_0}，'
        '中位数 {own34_median_0}）',
        'the difference is {one18_1} points with 18 layers (median {one18_median_1}) and {one34_0}',
        '18 层的差值是 {one18_1} 个百分点（中位数 {one18_median_1}），34 层是 {one34_0} 个百分点',
        'by {own18_1} points on average (95% interval {own18_low_1} to {own18_high_1}; median '
        '{own18_median_1}); with 34 layers it is {own34_0}',
        '平均高 {own18_1} 个百分点（95% 区间为 {own18_low_1} 到 {own18_high_1}，中位数 '
        '{own18_median_1}）；34 层高 {own34_0} 个百分点',
        'the same experiment gives {one18_1} and {one34_0} points',
        '同样的实验得到的是 {one18_1} 和 {one34_0} 个百分点',
        '{peak}% at 0.003, but {off}% at 0.01', '0.003 时为 {peak}%，0.01 时只有 {off}%',
        '{slow_1} points at 0.005 ({slow_low_1} to {slow_high_1}), {usual_1} at 0.01 '
        '({usual_low_1} to {usual_high_1}), and {fast_0} at 0.1, where the plain network falls to '
        '{fast_plain}% and the residual one stays at {fast_residual}%',
        '0.005 时为 {slow_1} 个百分点（{slow_low_1} 到 {slow_high_1}），0.01 时为 {usual_1} 个'
        '（{usual_low_1} 到 {usual_high_1}），0.1 时为 {fast_0} 个，因为普通网络降到了 '
        '{fast_plain}%，而残差网络仍有 {fast_residual}%',
        'gave {fixed_1} points at 0.005, with an interval of {fixed_low_1} to +{fixed_high_1}',
        '差值是 {fixed_1} 个百分点，区间为 {fixed_low_1} 到 +{fixed_high_1}',
        'lie between +{book_least} and +{book_most} points', 'Yet {gain} of its {book_1} points',
        '都在 +{book_least} 到 +{book_most} 个百分点之间', '它的 {book_1} 个百分点中，有 {gain} 个',
        'after 320 steps at the same rates {long34_1} points are left of the difference',
        '训练 320 步之后，差值只剩 {long34_1} 个百分点',
        '{long34_1} points ({long34_low_1} to {long34_high_1}) are left with 34 layers and {long18_1} '
        'points ({long18_low_1} to {long18_high_1}) with 18',
        '34 层还剩 {long34_1} 个百分点（{long34_low_1} 到 {long34_high_1}），18 层还剩 {long18_1} 个'
        '（{long18_low_1} 到 {long18_high_1}）',
        'the difference at 18 layers is {all18_1} points instead of {one18_1}',
        '18 层的差值是 {all18_1} 个百分点，而不是 {one18_1} 个',
        'by {full18_1} points with 18 layers and {full34_0} with 34',
        '18 层高 {full18_1} 个百分点，34 层高 {full34_0} 个百分点（'],
    'notebooks/source/04_why_it_works.md': [
        'reaches {one34_plain}%, at 0.003 {own34_plain}%: the rate alone is worth {rate} points',
        '0.01 时为 {one34_plain}%，0.003 时为 {own34_plain}%：仅学习率一项就相差 {rate} 个百分点',
        'is {one34_0} points at 0.01, and {own34_0} when each has its own rate',
        '两组都取 0.01 时是 {one34_0} 个百分点，各取最佳学习率时是 {own34_0} 个',
        'With 34 layers {long34_1} points are left of the {own34_0}, with 18 layers {long18_1} of '
        'the {own18_1}', '34 层时，原来的 {own34_0} 个百分点只剩 {long34_1} 个；18 层时，原来的 '
        '{own18_1} 个只剩 {long18_1} 个',
        'the shortcut is worth {own18_1} points', '直连边能带来 {own18_1} 个百分点',
        'loses {deeper} points, each at its own rate', '加深后低了 {deeper} 个百分点',
        'the residual ones reach {torch_residual_18}% with 18 layers and {torch_residual_34}% with '
        '34', '残差网络 18 层时为 {torch_residual_18}%，34 层时为 {torch_residual_34}%',
        '{he_live_plain_18}% with 18 layers, where the residual network has {he_live_residual_18}%,'
        ' and {he_live_plain_34}% with 34', '18 层为 {he_live_plain_18}%（残差网络为 '
        '{he_live_residual_18}%），34 层为 {he_live_plain_34}%',
        '{he_residual_18}% against {he_plain_18}%, and {he_residual_34}% against {he_plain_34}%',
        '{he_residual_18}% 对 {he_plain_18}%，{he_residual_34}% 对 {he_plain_34}%'],
    'README.md': [
        'by {own18_1} points with 18 layers (median {own18_median_1}), by {own34_0} with 34 '
        '(median {own34_median_0})',
        'gives {one18_1} points (median {one18_median_1}) with 18 layers and {one34_0} with 34',
        '{long18_1} points are left with 18 layers and {long34_1} with 34'],
    'README.zh-CN.md': [
        '18 层高 {own18_1} 个百分点（中位数 {own18_median_1}），34 层高 {own34_0} 个百分点（中位数 '
        '{own34_median_0}）',
        '在 18 层得到 {one18_1}（中位数 {one18_median_1}）、在 34 层得到 {one34_0} 个百分点',
        '18 层还差 {long18_1} 个百分点，34 层还差 {long34_1} 个'],
    'notebooks/SUMMARY.md': [
        '| 18 | 50 | +{own18_1} (+{own18_low_1} to +{own18_high_1}) |',
        '| 18 | 50 | +{own18_1}（+{own18_low_1} 到 +{own18_high_1}） |',
        '| 34 | 30 | +{own34_1} (+{own34_low_1} to +{own34_high_1}) |',
        '| 34 | 30 | +{own34_1}（+{own34_low_1} 到 +{own34_high_1}） |',
        '| 66 | 15 | +{own66_1} (+{own66_low_1} to +{own66_high_1});',
        '| 66 | 15 | +{own66_1}（+{own66_low_1} 到 +{own66_high_1}）；',
        '+{one18_1} points with 18 layers and +{one34_0} with 34. After 320 steps {long18_1} and '
        '{long34_1} points are left',
        '18 层 +{one18_1}，34 层 +{one34_0} 个百分点。训练 320 步之后，18 层和 34 层的差值只剩 '
        '{long18_1} 和 {long34_1} 个百分点',
        '{torch_first_least} to {torch_first_most} in the first block',
        '第一个单元处为 {torch_first_least} 到 {torch_first_most}',
        'within a factor of {live_ratio}, but', '变化不超过 {live_ratio} 倍',
        'is {live_times_least} to {live_times_most} times as large',
        '是它的 {live_times_least} 到 {live_times_most} 倍'],
    'data/results/README.md': [
        '34 layers {own34_0} points where each network has its own, {one34_0} where both have 0.01',
        'with 18 layers {own18_1} and {one18_1}', 'Of {own18_1} points at 18 layers {long18_1} are '
        'left ({long18_low_1} to {long18_high_1}), of {own34_0} at 34 layers {long34_1} '
        '({long34_low_1} to {long34_high_1})', 'of 34 layers has {long34_plain_1}% after 320 steps',
        'differ by {finer18_1} points at 18 layers and by {finer34_1} at 34',
        '{torch_first_least} to {torch_first_most}', 'within {live_ratio} |',
        '{live_times_least} to {live_times_most} times',
        '({live_least}% to {live_most}%)'],
}
