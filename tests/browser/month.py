"""March 2022 at the office, week by week: who does what to which case. Told to `test_month`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from huiying.cases import place
from huiying.quality import calls
from tests import make
from tests.browser.desks import Caller, Clerk, Desk, Dispatcher, Operator, Reviewer, Supervisor
from tests.browser.wall import Wall
from tests.cast import people

WATER, HOUSING, MARKET = "云溪县水务局", "云溪县住建局", "云溪县市场监管局"
STONE, MAPLE = "石桥镇", "枫林乡"
SUPPLY, GAS = "城乡建设 — 供水", "城乡建设 — 燃气"
ROADS, SHOPS = "交通出行 — 道路破损", "市场监管 — 消费纠纷"
CALLS = {  # what each caller is about: title, nature, topic
    "浑浊": ("东街自来水浑浊", "投诉", SUPPLY),
    "破损": ("西街路面破损", "反映", ROADS),
    "漏水": ("南门水表漏水", "反映", SUPPLY),
    "停水": ("北门停水多日", "投诉", SUPPLY),
    "燃气": ("老街燃气管道老化", "反映", GAS),
    "油烟": ("饭店油烟扰民", "投诉", SHOPS),
    "咨询": ("自来水价格是多少", "咨询", SUPPLY),
    "打错": ("打错的一个来电", "咨询", SHOPS),
    "信访": ("多年前的征地补偿", "反映", ROADS),
    "举报": ("举报水厂夜里偷排", "举报", SUPPLY),
    "违建": ("邻居违章搭建", "投诉", ROADS),
    "发黄": ("河湾自来水发黄", "反映", SUPPLY),
    "水质": ("东街的水质不好", "反映", SUPPLY),
    "再问": ("东街自来水浑浊", "投诉", SUPPLY),
    "飞车": ("夜间飞车扰民", "反映", ROADS),
    "垃圾": ("枫林乡垃圾多日未清", "投诉", ROADS),
    "停车": ("学校周边停车难", "建议", ROADS),
    "路灯": ("桥头路灯不亮", "反映", ROADS),
    "水渠": ("村口水渠堵塞", "反映", ROADS),
    "护栏": ("河边护栏缺失", "反映", ROADS),
    "公厕": ("集镇公厕脏乱", "反映", ROADS),
    "广场": ("广场地砖破损", "反映", ROADS),
    "爆管": ("新街水管爆裂", "反映", SUPPLY),
    "噪音": ("西门店铺噪音", "反映", SHOPS),
    "施工": ("商场装修围挡占道", "反映", SHOPS),
    "泵站": ("加压泵站漏电", "反映", SUPPLY),
    "边界": ("两镇交界路段积水", "反映", ROADS),
    "退款": ("预付卡不给退款", "投诉", SHOPS),
    "转来": ("小区供气不稳", "反映", ROADS),
    "多久": ("燃气开户要多久", "咨询", GAS),
}
REPORTER, REPORTER_PHONE = "段明哲", "13900005566"
"""Whoever reported the water bureau's plant: no unit may learn of either."""


class Month:
    """The desks, the clock, and the number of each case by its short name."""

    def __init__(self, wall: Wall, desk_of: Callable[[Any], Page], folder: Path) -> None:
        cast = people()
        self.wall, self.folder, self.numbers = wall, folder, dict[str, str]()
        self.operator = Operator(desk_of(cast.operator))
        self.dispatcher = Dispatcher(desk_of(cast.dispatcher))
        self.water, self.water_head = Clerk(desk_of(cast.clerk)), Clerk(desk_of(cast.head))
        self.housing, self.section = Clerk(desk_of(cast.other_clerk)), Clerk(desk_of(cast.section_clerk))
        self.housing_head = Clerk(desk_of(make.person("majun", "马俊", "head", unit="housing")))
        self.market = Clerk(desk_of(make.person("xujing", "许静", "clerk", unit="market")))
        self.stone = Clerk(desk_of(make.person("tianyong", "田勇", "clerk", unit="stone")))
        self.maple = Clerk(desk_of(make.person("shilei", "石磊", "clerk", unit="maple")))
        self.reviewer = Reviewer(desk_of(cast.reviewer))
        self.caller = Caller(desk_of(cast.callback))
        self.supervisor = Supervisor(desk_of(cast.supervisor))
        self.leader = Desk(desk_of(cast.leader))

    @contextmanager
    def pictured(self) -> Iterator[None]:
        """Where the story breaks, what stood on every screen is kept as a picture."""
        try:
            yield
        except BaseException:
            for name, desk in vars(self).items():
                if isinstance(desk, Desk):
                    desk.page.screenshot(path=self.folder / f"{name}.png", full_page=True)
            raise

    def __getitem__(self, name: str) -> str:
        return self.numbers[name]

    def log(self, *names: str, way: str = "登记转办", **more: str | bool) -> None:
        """The operator takes calls, four minutes each."""
        for name in names:
            title, nature, topic = CALLS[name]
            no = list(CALLS).index(name)
            fields = {
                "来电号码": f"1390000{no:04}",
                "姓名": "何秀英",
                "区域": STONE,
                "性质": nature,
                "内容分类": topic,
            }
            self.numbers[name] = self.operator.log(title, way, **fields | more)
            self.wall.wait(4)

    def dispatch(self, **units: str) -> None:
        """Each named case to its unit, two minutes each."""
        for name, unit in units.items():
            self.dispatcher.dispatch(self[name], unit)
            self.wall.wait(2)

    def answer(self, desk: Clerk, *names: str, on: int = 1) -> None:
        """A unit of one person answers each at once."""
        for name in names:
            desk.write(self[name], "已于当日处理完毕。", on, at_once=True)
            self.wall.wait(6)

    def answer_signed(self, desk: Clerk, head: Clerk, name: str, on: int = 1) -> None:
        """A clerk writes, the head signs and hands in."""
        desk.write(self[name], "已更换损坏部件，恢复正常。", on)
        self.wall.wait(20)
        head.sign(self[name], on)
        self.wall.wait(10)

    def close(self, *names: str) -> None:
        """The reviewer closes what was answered, and by night the call-backs are drawn."""
        self.reviewer.bulk("办结", *(self[name] for name in names), status="answered")
        self.wall.wait(5)
        calls.plan(place.current(), self.wall.at)

    # The first week: calls come in, go out, come back

    def first_week(self) -> None:
        self._the_first_day()
        self._what_units_ask_for()
        self._one_matter_of_many()
        self._the_protected()
        self._the_first_answers()

    def _the_first_day(self) -> None:
        self.log("浑浊", "破损", "漏水", "停水", "燃气", "油烟")
        self.log("咨询", way="直接答复", 答复内容="每立方米一元九角。")
        self.log("打错")
        self.log("信访", way="不予受理", 理由="信访事项（请通过信访渠道反映）")
        self.operator.told("请告知来电人：请通过信访渠道反映")
        self.operator.move(self["打错"], "登记为无效来电", 理由="打错电话，无诉求")
        self.dispatcher.dispatch(self["浑浊"], WATER, HOUSING)
        self.dispatch(破损=HOUSING, 漏水=WATER, 停水=WATER, 燃气=HOUSING, 油烟=MARKET)

    def _what_units_ask_for(self) -> None:
        self.wall.set(2)
        self.water.claim(self["漏水"], self["停水"])
        self.housing.claim(self["燃气"])
        self.market.claim(self["油烟"])
        self.housing.ask(self["破损"], "退办", 理由="不属于本单位职责", 法规依据="路面由市场监管局代管")
        self.wall.wait(30)
        self.dispatcher.rule(self["破损"], "改派", 改派单位=MARKET)
        self.market.ask(self["破损"], "退办", 2, 理由="不属于本辖区", 法规依据="该路段不在管辖范围")
        self.wall.wait(30)
        self.dispatcher.rule(self["破损"], "指定承办", 理由="经协调由你局牵头")
        self.water.ask(self["漏水"], "延期", 延期至="2022-03-25", 理由="等待配件")
        self.water.ask(self["停水"], "延期", 延期至="2022-03-25", 理由="人手不足")
        self.wall.wait(30)
        self.dispatcher.rule(self["漏水"], "同意延期", 延期至="2022-03-22")
        self.dispatcher.rule(self["停水"], "不同意延期", 理由="停水须尽快恢复")
        self.dispatcher.move(self["燃气"], "暂停计时", HOUSING, 理由="鉴定、检测、检验")
        self.housing.give(self["燃气"], 分办给="燃气管理科", 内部期限="2022-03-04", 要求="请到现场检测")

    def _one_matter_of_many(self) -> None:
        self.log("发黄", "水质")
        self.log("再问", 来电号码="13900000000")
        for name in ("发黄", "水质"):
            self.dispatcher.move(self[name], "并单", 并入哪一件=self["浑浊"])
        self.dispatcher.open("/dispatch/")
        self.dispatcher.page.get_by_role("link", name=f"处理 {self['再问']}").click()
        self.dispatcher.press("答复进展，不派单")
        self.dispatcher.told("已答复办理进展，未再派单")
        self.wall.wait(60)
        self.water.claim(self["浑浊"])
        self.housing.claim(self["浑浊"])
        self.water.contact(self["浑浊"], "告知当日下午检修。")
        self.dispatcher.move(self["发黄"], "取消并单", 理由="不在同一供水片区")
        self.dispatch(发黄=WATER)

    def _the_protected(self) -> None:
        """A report about the water bureau's own plant, and a neighbour who asks to stay unnamed."""
        self.wall.set(3)
        self.market.claim(self["破损"])
        self.water.claim(self["发黄"])
        words = f"我是{REPORTER}，电话{REPORTER_PHONE}，水厂夜里往河里排污。"
        who: dict[str, str | bool] = {"来电号码": REPORTER_PHONE, "姓名": REPORTER, "诉求内容": words}
        self.log("举报", 被反映单位=WATER, **who)
        self.log("违建", 要求保密=True, **who)
        self.dispatcher.dispatch_many([self["举报"]], WATER)
        expect(self.dispatcher.page.get_by_text("应当回避").first).to_be_visible()
        self.dispatcher.open(f"/dispatch/{self['举报']}/")
        self.dispatcher.put({"牵头单位": WATER})
        self.dispatcher.page.get_by_label("牵头单位").press("Tab")
        expect(self.dispatcher.page.locator("#dues")).to_contain_text("应当回避")
        self.dispatch(举报=HOUSING, 违建=STONE)
        self.housing.claim(self["举报"])
        self.stone.claim(self["违建"])
        self._see_no_reporter(self.housing, self["举报"])
        self._see_no_reporter(self.stone, self["违建"])
        self.water.open(f"/cases/?q={self['举报']}")
        expect(self.water.page.get_by_text("没有符合条件的诉求件")).to_be_visible()

    def _see_no_reporter(self, desk: Clerk, number: str) -> None:
        """What the unit can open about the case tells nothing of who reported it."""
        for path in ("/inbox/?tab=todo", f"/cases/{number}/", f"/cases/{number}/task/1/"):
            desk.open(path)
            expect(desk.page.locator("main")).to_contain_text(number)
            seen = desk.page.content()
            for word in (REPORTER, REPORTER[:1] + "某", REPORTER_PHONE, REPORTER_PHONE[-4:]):
                assert word not in seen, (path, word)
        desk.page.get_by_text("本件保护诉求人").first.wait_for()

    def _the_first_answers(self) -> None:
        self.section.answer_part(self["燃气"], "检测合格，接口已更换。")
        self.wall.set(4)
        self.dispatcher.move(self["燃气"], "恢复计时", HOUSING)
        self.answer_signed(self.housing, self.housing_head, "燃气")
        self.answer_signed(self.housing, self.housing_head, "浑浊", on=2)
        self.answer_signed(self.water, self.water_head, "浑浊")
        self.answer_signed(self.water, self.water_head, "停水")
        self.answer(self.market, "油烟")
        self.answer(self.market, "破损", on=2)
        self.reviewer.release(self["浑浊"], on=2)
        self.reviewer.send_back(self["停水"], "没有逐项回应诉求", "请写明何时恢复供水")
        self.reviewer.bulk(
            "发布答复", *(self[n] for n in ("浑浊", "燃气", "油烟", "破损")), status="reviewing"
        )
        self.close("浑浊", "燃气", "油烟", "破损", "咨询", "再问")

    # The second week: many at once, somebody too slow, somebody not content

    def second_week(self) -> None:
        self._a_monday_full_of_calls()
        self._the_day_after()
        self._who_is_too_slow()
        self._a_bad_mark_and_a_case_taken_up_again()

    def _a_monday_full_of_calls(self) -> None:
        self.wall.set(7)
        self.operator.transfer("110", 标题=CALLS["飞车"][0], 诉求内容="夜里有人飞车，已请民警出警。")
        self.wall.wait(15)
        self.operator.take_back()
        expect(self.operator.page.get_by_label("诉求内容")).to_have_value("夜里有人飞车，已请民警出警。")
        self.log("飞车", 诉求内容="民警已出警，盼增设减速带。")
        many = ("路灯", "水渠", "护栏", "公厕", "广场")
        self.log("垃圾", "停车", *many, "爆管", "噪音", "施工")
        self.dispatcher.dispatch_many((self[name] for name in many), STONE)
        self.dispatcher.told(f"已将 5 件派给{STONE}")
        self.wall.wait(2)
        self.dispatcher.dispatch(self["爆管"], HOUSING)
        self.wall.wait(0.5)
        self.dispatcher.undo()
        self.dispatch(爆管=WATER, 垃圾=MAPLE, 停车=HOUSING, 飞车=MARKET, 噪音=MARKET, 施工=MARKET)
        self.dispatcher.move(self["停车"], "增加协办", 协办单位=[STONE])

    def _the_day_after(self) -> None:
        self.wall.set(8)
        self.stone.claim(*(self[name] for name in ("路灯", "水渠", "护栏", "公厕", "广场")))
        self.housing.claim(self["停车"])
        self.water.claim(self["爆管"])
        self.market.claim(self["飞车"], self["施工"])
        self.operator.move(self["噪音"], "撤回诉求", 说明="双方已和解")
        self.leader.move(self["停车"], "领导批示", 批示内容="请认真研究，提出办法。")
        self.dispatcher.move(self["停车"], "撤销派单", STONE, 理由="由住建局单独承办")
        self.caller.call(self["浑浊"], solved="已解决", satisfied="满意")
        self.caller.call(
            self["油烟"], solved="未解决", satisfied="不满意", 未解决或不满意的原因="对办理结果不满意"
        )
        self.answer(self.stone, "违建", "路灯", "水渠", "护栏", "公厕", "广场")
        self.answer(self.market, "飞车")
        self.answer_signed(self.water, self.water_head, "停水")
        self.answer_signed(self.water, self.water_head, "发黄")
        self.answer_signed(self.housing, self.housing_head, "举报")
        self.reviewer.move(self["施工"], "终止办理", 理由="围挡系依法审批，已告知诉求人")
        answered = ("违建", "路灯", "水渠", "护栏", "公厕", "广场", "飞车", "停水", "发黄", "举报")
        self.reviewer.bulk("发布答复", *(self[name] for name in answered), status="reviewing")
        self.close(*answered)

    def _who_is_too_slow(self) -> None:
        self.wall.set(9)
        self.supervisor.urge(self["垃圾"], "逾期未认领")
        self.wall.set(9, 15)
        self.supervisor.letter(
            self["垃圾"], 收函单位=MAPLE, 办理期限="2022-03-11", 督办要求="请立即认领，两日内办结。"
        )
        self.maple.claim(self["垃圾"])
        self.answer(self.maple, "垃圾")
        self.water.write(self["爆管"], "已经修好。", on=2)
        self.water_head.revise(self["爆管"], "请写明停水时段。", on=2)
        self.answer_signed(self.water, self.water_head, "爆管", on=2)
        self.answer_signed(self.water, self.water_head, "漏水")
        self.answer_signed(self.housing, self.housing_head, "停车")
        answered = ("垃圾", "爆管", "漏水", "停车")
        self.reviewer.bulk("发布答复", *(self[name] for name in answered), status="reviewing")
        self.close(*answered)

    def _a_bad_mark_and_a_case_taken_up_again(self) -> None:
        self.wall.set(10)
        self.market.appeal(self["油烟"], "油烟净化器已装好，附有检测报告。")
        self.caller.call(
            self["停水"], solved="未解决", satisfied="不满意", 未解决或不满意的原因="反映办理情况不实"
        )
        self.supervisor.decide(self["停水"], "重办", "夜间仍然停水")
        self.dispatch(停水=WATER)
        self.water.claim(self["停水"])
        self.answer_signed(self.water, self.water_head, "停水", on=2)
        self.reviewer.release(self["停水"], on=2)
        self.close("停水")
        self.reviewer.rule_appeal(self["油烟"], "申诉成立", "检测报告属实")

    # The third week: those who stand in, those who are called

    def third_week(self) -> None:
        self.wall.set(14)
        self.log("退款")
        self.dispatch(退款=MARKET)
        self.market.ask(self["退款"], "退办", 理由="不属于本单位职责", 法规依据="属商务部门职责")
        self.wall.wait(30)
        self.dispatcher.rule(self["退款"], "不同意退办", 理由="预付卡退款由你局处理")
        self._somebody_stands_in()
        for _ in range(3):
            self.caller.call(self["垃圾"], "未接通")
            self.wall.wait(60)
        self.caller.call(self["举报"], solved="已解决", satisfied="满意")
        self.caller.call(self["违建"], "拒访")
        self.caller.call(self["停水"], solved="已解决", satisfied="基本满意")
        self.caller.call(self["退款"], solved="已解决", satisfied="满意")

    def _somebody_stands_in(self) -> None:
        """The market's clerk is away for two days; the housing bureau's clerk does the work, visibly."""
        self.market.open("/")
        self.market.page.locator(".me summary").click()
        self.market.page.get_by_role("link", name="委托代办").click()
        self.market.put({"代办人": "赵磊", "自": "2022-03-14", "至": "2022-03-15", "事由": "外出培训"})
        self.market.press("委托")
        self.market.told("已委托：赵磊代许静")
        self.wall.set(15)
        self.housing.claim(self["退款"])
        self.answer(self.housing, "退款")
        self.housing.open(f"/cases/{self['退款']}/")
        expect(self.housing.page.get_by_text("赵磊代许静").first).to_be_visible()
        self.housing.open("/")  # from tomorrow the case is out of reach
        self.reviewer.release(self["退款"])
        self.close("退款")

    # The last weeks: what April will have to finish

    def last_week(self) -> None:
        self.wall.set(21)
        self.log("多久")
        self.dispatch(多久=HOUSING)
        self.housing.claim(self["多久"])
        self.housing.contact(self["多久"], "告知正在核对材料。")
        self.wall.set(23)
        self.log("泵站")
        self.dispatch(泵站=WATER)
        self.water.ask(self["泵站"], "退办", 理由="重复派单", 法规依据="疑似重复")
        self.water.drop_return(self["泵站"])
        self.water.claim(self["泵站"])
        self.water.move(self["泵站"], "阶段性答复", WATER, 阶段性答复内容="已断电，正在更换设备。")
        self.wall.set(31)
        self.log("边界", "转来")
        self.dispatch(边界=MARKET)
        self.market.ask(
            self["边界"], "退办", 理由="不属于本辖区", 建议承办单位=STONE, 法规依据="路段属石桥镇"
        )
        self.wall.wait(30)
        self.dispatcher.rule(self["边界"], "同意退办", 说明="请石桥镇承办")
        self.dispatch(边界=STONE)
        self.dispatcher.amend(
            self["转来"], 1, 渠道="市长热线", 上级编号="S20220399", 更正的理由="系市长热线转来"
        )
        self.reviewer.move(self["转来"], "核定分类", 内容分类=GAS)
        self.operator.move(self["转来"], "补充材料", 诉求人补充的内容="每晚七点最不稳。")
        self.caller.move(self["转来"], "内部备注", 备注="诉求人晚上在家，请七点后联系。")
        self.dispatcher.move(self["转来"], "设置保密", 诉求人信息="保密，承办单位看不到诉求人")
        self.dispatch(转来=HOUSING)
