from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.common.masking import (
    find_personal,
    is_card_number,
    is_identity_number,
    mask_name,
    mask_phone,
    mask_text,
    mask_title,
)

MASKED = [
    ("请回电13900000001。", "请回电139****0001。"),
    ("手机139 0000 0001", "手机139****0001"),
    ("手机１３９０００００００１", "手机139****0001"),
    ("致电+86-13900000001", "致电139****0001"),
    ("座机0550-8150000或(0550)8150000", "座机0550****000或0550****000"),
    ("联系电话：8150000", "联系电话：****000"),
    ("身份证号：110101199003074319", "身份证号：［身份证号］"),
    ("卡6222021234567890128已冻结", "卡［银行账号］已冻结"),
    ("账号 1234 5678 9012", "账号 ［银行账号］"),
    ("邮箱abc.d@example.com请查收", "邮箱［邮箱］请查收"),
    ("加微信abc_12345或QQ：123456789", "加微信［网络账号］或QQ：［网络账号］"),
    ("皖P12345与皖P·D12345相撞", "皖P*****与皖P*****相撞"),
    ("住徽南路12号3幢502室", "住徽南路某号某幢某室"),
    ("住3栋2单元", "住某栋某单元"),
    ("联系人张三丰，急", "联系人张某某，急"),
    ("联系人：欧阳修文走了", "联系人：欧阳某某走了"),
    ("我叫王小明，家里停水", "我叫王某某，家里停水"),
    ("举报人张三反映李四占地", "举报人张某反映李某占地"),
    ("村民曾向东反映停水", "村民曾某某反映停水"),
    ("举报李四无证行医", "举报李某无证行医"),
    ("市民王小红女士来电", "市民王某某女士来电"),
    ("工作人员王小明和李大海、赵二在现场", "工作人员王某某和李某某、赵某在现场"),
    ("村干部孙成、钱满仓等人，其父王铁柱", "村干部孙某、钱某某等人，其父王某某"),
    ("组长陈小满说过。后来陈小满又来", "组长陈某某说过。后来陈某某又来"),
    ("经办人李四在场，我问李四：李四光说不办", "经办人李某在场，我问李某：李四光说不办"),
    ("来信人：周云帆\n2022年3月1日", "来信人：周某某\n2022年3月1日"),
    ("（赵小满，男，45岁）来访", "（赵某某，男，45岁）来访"),
    ("（李大海、赵小满，男，45岁）来访", "（李某某、赵某某，男，45岁）来访"),
    ("（孙成、李大海、赵小满，男，45岁）来访", "（孙某、李某某、赵某某，男，45岁）来访"),
    (
        "联系人：欧阳修，联系人：欧阳修文。后来欧阳修文又来",
        "联系人：欧阳某，联系人：欧阳某某。后来欧阳某某又来",
    ),
    ("已向钱多多同志了解", "已向钱某某同志了解"),
    ("新厂社区主任邓小冰同志", "某社区主任邓某某同志"),
    ("联系人：付小满，急", "联系人：付某某，急"),
    ("我叫向大海，家里停水", "我叫向某某，家里停水"),
    ("（白小满，男，45岁）来访", "（白某某，男，45岁）来访"),
    ("姓名：澹台小满", "姓名：澹台某某"),
    ("申请人：王李小满", "申请人：王某某"),
    ("我叫阿依古丽·买买提，来咨询", "我叫阿某某，来咨询"),
    ("工作人员迪丽娜尔·艾山在场", "工作人员迪某某在场"),
    ("其母（李小满）不在家", "其母（李某某）不在家"),
    ("包工头钱大海处理不了", "包工头钱某某处理不了"),
    ("清溪县天宏建材有限公司拖欠工资", "清溪县某公司拖欠工资"),
    ("天宏（集团）有限责任公司欠薪", "某公司欠薪"),
    ("福满堂商行销售过期食品", "某商行销售过期食品"),
    ("在3月12日王记超市购物", "在3月12日某超市购物"),
    ("他在王记超市购物", "他在某超市购物"),
    ("和平饭店油烟扰民", "某饭店油烟扰民"),
    ("永兴砖厂夜间生产", "某厂夜间生产"),
    ("清溪镇石门村三组路灯不亮", "清溪镇某村某组路灯不亮"),
    ("大石村上溪村民组未通水", "某村某村民组未通水"),
    ("东关居民组停水", "某居民组停水"),
    ("沙市坪村路灯不亮", "某村路灯不亮"),
    ("大石村委会不公开账目", "某村委会不公开账目"),
    ("金桂花园小区5号楼电梯坏了", "某小区5号楼电梯坏了"),
    ("东关社区工作人员态度差", "某社区工作人员态度差"),
]
UNTOUCHED = [
    "本人申请退费，业主付费装修，代表符合规定，小组长盖章",
    "业主向县里反映：安全、和谐、白天黑夜，居民幸福感",
    "投诉锦绣·御苑捆绑车位，加油·加气站在村民家旁",
    "工单RX2022030001于2022-03-15 10:20受理，20220315012345678转办",
    "金额13900000001.50元，共1234567890123456元",
    "2022年3月15日8:30至17:30停电，12号恢复",
    "请拨打12345或110、12315",
    "地铁3号线、路12号公交、小区3栋6层、2室1厅、共120户",
    "皖政〔2022〕12号文件第3条",
    "供电公司停电，物业公司、该公司和本店不管",
    "楼下的烧烤店油烟扰民，厂房漏水，店员打人",
    "农村厕所改造，全县农村、各村、村民反映村委会",
    "老旧小区加装电梯，社区卫生服务中心",
    "投诉黄牛非法倒票，业主方表示不同意，业主高达20家",
    "张先生来电，联系人张某某，某公司、某村、某小区",
    "学生高考期间，居民关注路灯问题，方老师",
    "居民曾多次要求，村民曾经上访，居民曾向有关部门求助，居民成员、学生毕业后、家长管教",
    "城市市容村容村貌整治，危害村集体利益",
    "班主任张老师、联系人周主任，工作人员何来，业主陈述情况，男性不满50周岁、女性不满40周岁",
    "",
]


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_what_points_to_a_person_is_masked_and_the_matter_stays(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize("text", UNTOUCHED)
def test_amounts_dates_case_numbers_and_common_words_stay(text: str) -> None:
    assert mask_text(text) == text
    assert find_personal(text) == []


@pytest.mark.parametrize("text", [masked for _, masked in MASKED])
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask_text(text) == text


def test_only_an_identity_number_with_the_right_check_digit_counts_without_a_cue() -> None:
    assert is_identity_number("110101199003074311") != is_identity_number("110101199003074312")
    right = [d for d in "0123456789X" if is_identity_number("11010119900307431" + d)]
    assert len(right) == 1
    number, wrong = "11010119900307431" + right[0], "11010119900307431" + ("1" if right != ["1"] else "2")
    assert [one.kind for one in find_personal(f"证{number}，号{wrong}")] == ["identity"]


def test_the_numbers_that_the_standard_prints_are_identity_numbers() -> None:
    assert is_identity_number("11010519491231002X")
    assert is_identity_number("440524188001010014")


def test_a_card_number_is_known_by_its_check_digit() -> None:
    right = [d for d in range(10) if is_card_number(f"622202123456789012{d}")]
    assert len(right) == 1
    card = f"622202123456789012{right[0]}"
    assert find_personal(f"转入{card}中")[0].text == card


def test_findings_say_what_and_where() -> None:
    text = "王记超市，电话１３９００００００１１"
    firm, phone = find_personal(text)
    assert (firm.kind, phone.kind) == ("firm", "phone")
    assert text[phone.start : phone.end] == phone.text == "１３９００００００１１"


def test_known_names_are_masked_wherever_they_stand() -> None:
    assert mask_text("那天赵小满又来找过赵小满", names=["赵小满"]) == "那天赵某某又来找过赵某某"
    assert mask_text("王的事", names=["王", " "]) == "王的事"
    assert mask_text("那天李四来过", names=["李四"]) == "那天李某来过"
    assert mask_text("那天欧阳修文来过", names=["欧阳修", "欧阳修文"]) == "那天欧阳某某来过"


def test_firms_and_places_stay_where_the_office_reads_them() -> None:
    assert (
        mask_text("大石村福满堂商行电话13900000001", firms=False, places=False)
        == "大石村福满堂商行电话139****0001"
    )


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三丰", "张某某"),
        ("张三", "张某"),
        ("欧阳修", "欧阳某"),
        ("张", "张某"),
        ("Tom", "T**"),
        ("T", "T*"),
        (" ", ""),
    ],
)
def test_a_name_keeps_its_surname(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13900000001", "139****0001"),
        ("+86 139-0000-0001", "139****0001"),
        ("0550-8150000", "0550****000"),
        ("8150000", "****000"),
        ("12345", "*****"),
        ("abc电话", "*****"),
        ("", ""),
    ],
)
def test_a_telephone_keeps_its_ends(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@given(st.text(max_size=30))
def test_a_masked_telephone_is_nothing_only_where_nothing_was_given(phone: str) -> None:
    assert bool(mask_phone(phone)) == bool(phone.strip())


@pytest.mark.parametrize(
    ("title", "public"),
    [
        ("反映福满堂商行销售过期食品问题", "反映某商行销售过期食品问题"),
        ("咨询天宏建材有限公司欠薪问题", "咨询某公司欠薪问题"),
        ("反映大石村三组道路未硬化问题", "反映某村某组道路未硬化问题"),
        ("反映金桂花园漏水问题", "反映某小区漏水问题"),
        ("举报李四违建问题", "举报某违建问题"),
        ("城乡建设：路灯不亮问题", "城乡建设：路灯不亮问题"),
    ],
)
def test_a_public_title_names_the_matter_and_nobody(title: str, public: str) -> None:
    assert mask_title(title) == public


@given(st.lists(st.sampled_from([row[0] for row in MASKED] + UNTOUCHED + ["，", " ", "张", "村", "公司"])))
def test_findings_are_in_order_apart_and_true_to_the_text(parts: list[str]) -> None:
    text = "".join(parts)
    end = 0
    for one in find_personal(text):
        assert end <= one.start < one.end
        assert text[one.start : one.end] == one.text
        end = one.end


@given(st.text(max_size=200))
def test_any_text_can_be_masked(text: str) -> None:
    if not find_personal(text):
        assert mask_text(text) == text
    assert all(one.text not in ("", " ") for one in find_personal(text))


@given(st.integers(0, 99_999_999), st.sampled_from("，：。的在是 "))
def test_no_mobile_number_gets_through(tail: int, before: str) -> None:
    number = f"139{tail:08}"
    assert number not in mask_text(f"请打{before}{number}找我")


@pytest.mark.parametrize(
    "piece", ["a", "1", "公司", "村", "a@", "3幢", "1-", "联系人", "a.a", "(", "张三", "业主张三、"]
)
def test_hostile_texts_take_time_in_proportion_only(piece: str) -> None:
    began = process_time()
    mask_text(piece * 5000)
    assert process_time() - began < 0.5


def test_what_has_another_form_is_no_identity_number() -> None:
    assert not is_identity_number("")
    assert not is_identity_number("11010119900307")


def test_a_card_number_has_sixteen_digits_at_least() -> None:
    assert not any(is_card_number(f"62220212345678{d}") for d in range(10))
    assert sum(is_card_number(f"622202123456789{d}") for d in range(10)) == 1
    assert is_card_number("4111 1111 1111 1111")
    assert not is_card_number("4111 1111 1111 1112")


def test_two_characters_that_could_be_a_double_surname_are_a_surname_and_a_name() -> None:
    assert mask_name("欧阳") == "欧某"
