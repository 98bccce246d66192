"""The texts of the pages, in both languages."""

__all__ = ['WORDS']

WORDS = {
    'en': {
        'colon': ': ', 'feedback': 'Feedback',
        'points': 'points', 'of': 'of',
        'your_code_raised': 'Your code stopped with',
        'look': 'An instructor will look at this solution: it does something that the exercise '
                'does not ask for.',
        'builds_on': 'It builds on an earlier exercise that is not right yet; the fault may lie '
                     'there',
        'footer': 'Points are given for values: your code was run on random input and what it '
                  'gave back was compared with the reference.',
        'status': {
            'graded': 'full points', 'wrong': 'not all of it is right',
            'timeout': 'it took too long and was stopped', 'crashed': 'its process ended',
            'malformed': 'it could not be graded', 'suspicious': 'to be looked at',
            'grader_error': 'the grader failed; this says nothing about your solution',
            'doubled': 'handed in more than once; of each exercise the better one counts',
        },
        'file': 'The file could not be read as a notebook of the labs',
        'class': 'Class', 'student': 'student', 'exercise': 'exercise', 'mean': 'mean',
        'full': 'full points', 'distribution': 'distribution of the share of points',
        'mistakes': 'most common mistakes', 'none': 'none', 'submissions': 'submissions',
        'attention': 'Look at these',
        'why': 'why', 'alike': 'Equal but for spacing and comments', 'kit': "the kit's own",
        'all': 'All grades', 'total': 'total', 'statuses': 'status', 'students': 'students',
        'no_attention': 'Nothing stands out.', 'no_alike': 'No two solutions are alike.',
        'per_exercise': 'Points per exercise', 'lab': 'lab',
        'override': 'Set by the instructor', 'gave': 'The grader gave',
        'roster': 'Compared with the roster', 'missing': 'no submission found',
        'stranger': 'in no row of the roster', 'ambiguous': 'more than one row fits',
    },
    'zh': {
        'feedback': '反馈', 'colon': '：', 'points': '分', 'of': '/',
        'your_code_raised': '你的代码运行时报错',
        'look': '教师会查看这份解答：它做了题目没有要求的事情。',
        'builds_on': '这道练习用到了前面的练习，而那里还不完全正确，错误可能就出在那里',
        'footer': '评分依据是数值：用随机输入运行你的代码，把返回的结果与参考结果比较。',
        'status': {
            'graded': '满分', 'wrong': '不完全正确', 'timeout': '运行时间过长，已中止',
            'crashed': '进程意外结束', 'malformed': '无法评分', 'suspicious': '有待查看',
            'grader_error': '评分程序出错，与你的解答无关',
            'doubled': '交了不止一份，每道练习取得分高的一份',
        },
        'file': '这个文件无法作为实验笔记本读取',
        'class': '班级', 'student': '学生', 'exercise': '练习', 'mean': '平均分',
        'full': '满分人数', 'distribution': '得分率分布',
        'mistakes': '最常见的错误', 'none': '无', 'submissions': '份作业',
        'attention': '需要查看',
        'why': '原因', 'alike': '除空格和注释外完全相同的解答', 'kit': '实验包的参考答案',
        'all': '全部成绩', 'total': '总分', 'statuses': '状态', 'students': '名学生',
        'no_attention': '没有异常。', 'no_alike': '没有雷同的解答。',
        'per_exercise': '各练习得分', 'lab': '实验',
        'override': '由教师评定', 'gave': '评分程序给出',
        'roster': '与名单对照', 'missing': '没有找到作业',
        'stranger': '不在名单上', 'ambiguous': '与名单中不止一行相符',
    },
}
