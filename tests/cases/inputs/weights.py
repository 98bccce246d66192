"""What files of weights hold that other programs wrote."""

# (content, message)
OTHERS = [
    ({'module.weight': 1, 'module.bias': 2}, r"has 'module\.' before every name.*key\[7:\]"),
    ({'_orig_mod.weight': 1, '_orig_mod.bias': 2}, r"has '_orig_mod\.' before every name"),
    ({'epoch': 3, 'state_dict': {'weight': 1}}, r"a dict, with the state_dict under 'state_dict'"),
    ({'epoch': 3, 'net': {'bias': 1}}, r"under 'net': load_state_dict\(torch.load\('x'\)\['net'\]"),
    ([1, 2], 'holds list, not a state_dict'),
    ({'a': 1}, 'missing: bias, weight; not in the model: a'),
    (dict.fromkeys('abcdefgh', 1), 'not in the model: a, b, c, d, e and 3 more'),
]
