"""What the pages say, in both languages."""

__all__ = ['WORDS']

WORDS = {
    'en': {
        'colon': ': ', 'comma': ', ', 'feedback': 'Feedback',
        'points': 'points', 'of': 'of',
        'your_code_raised': 'Your code stopped with',
        'look': 'An instructor will look at this solution: it does something that the exercise '
                'does not ask for.',
        'builds_on': 'It builds on an earlier exercise that is not right yet; the fault may lie '
                     'there',
        'footer': 'Points are given for values: your code was run on random input and what it '
                  'gave back was compared with the reference. Only the cells of the exercises '
                  'are taken and put into the original lab: what you defined or changed in '
                  'other cells is not there.',
        'status': {
            'graded': 'full points', 'wrong': 'not all of it is right',
            'timeout': 'it took too long and was stopped', 'crashed': 'the kernel died',
            'malformed': 'it could not be graded', 'suspicious': 'to be looked at',
            'grader_error': 'the grader failed; this says nothing about your solution',
            'doubled': 'handed in more than once; of each exercise the better one counts',
        },
        'fault': {
            '': '', 'missing': 'The cell of this exercise is not in the notebook: its grade_id '
                               'is missing. Was it deleted, or made anew?',
            'doubled': 'Two different cells are marked as this exercise. Which one counts?',
            'too_large': 'The cell of this exercise is too large to be read.',
        },
        'file': 'The file could not be read as a notebook of the labs',
        'class': 'Class', 'student': 'student', 'exercise': 'exercise', 'mean': 'mean',
        'full': 'full points', 'distribution': 'distribution of the share of points',
        'mistakes': 'most common mistakes', 'none': 'none', 'submissions': 'submissions',
        'seconds': 'seconds', 'median': 'median', 'longest': 'longest',
        'attention': 'Look at these',
        'why': 'why', 'alike': 'Equal but for names, spacing and comments', 'kit': "the kit's own",
        'all': 'All grades', 'total': 'total', 'statuses': 'status', 'students': 'students',
        'no_attention': 'Nothing stands out.', 'no_alike': 'No two solutions are alike.',
        'per_exercise': 'Points per exercise', 'lab': 'lab',
    },
    'zh': {
        'feedback': '反馈', 'colon': '：', 'comma': '，', 'points': '分', 'of': '/',
        'your_code_raised': '你的代码运行时报错',
        'look': '教师会查看这份解答：它做了题目没有要求的事情。',
        'builds_on': '这道练习用到了前面的练习，而那里还不完全正确，错误可能就出在那里',
        'footer': '评分依据是数值：用随机输入运行你的代码，把返回的结果与参考结果比较。'
                  '评分时只取练习所在的单元格，你在其他单元格里定义的东西并不存在。',
        'status': {
            'graded': '满分', 'wrong': '不完全正确', 'timeout': '运行时间过长，已中止',
            'crashed': '内核崩溃', 'malformed': '无法评分', 'suspicious': '有待查看',
            'grader_error': '评分程序出错，与你的解答无关',
            'doubled': '交了不止一份，每道练习取得分高的一份',
        },
        'fault': {
            '': '', 'missing': '笔记本里找不到这道练习的单元格（缺少 grade_id）。'
                               '是被删掉了，还是重新建了一个？',
            'doubled': '有两个不同的单元格都标记为这道练习。以哪一个为准？',
            'too_large': '这道练习的单元格太大，无法读取。',
        },
        'file': '这个文件无法作为实验笔记本读取',
        'class': '班级', 'student': '学生', 'exercise': '练习', 'mean': '平均分',
        'full': '满分人数', 'distribution': '得分率分布',
        'mistakes': '最常见的错误', 'none': '无', 'submissions': '份作业',
        'seconds': '秒', 'median': '中位数', 'longest': '最长', 'attention': '需要查看',
        'why': '原因', 'alike': '除名字、空格和注释外完全相同的解答', 'kit': '实验包的参考答案',
        'all': '全部成绩', 'total': '总分', 'statuses': '状态', 'students': '名学生',
        'no_attention': '没有异常。', 'no_alike': '没有雷同的解答。',
        'per_exercise': '各练习得分', 'lab': '实验',
    },
}
