"""The larger model: asked with masked words only, from the inner network only, and always on record."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from huiying.accounts.models import Trail
from huiying.cases.models import Case
from huiying.common.errors import Refused
from huiying.mining import larger
from tests import make
from tests.cast import Cast, people

pytestmark = pytest.mark.django_db
NOW = make.at(3, 15, 10)


def says(text: Any, **choice: Any) -> bytes:
    message = {"role": "assistant", "content": text}
    return json.dumps({"choices": [{"message": message, **choice}], "usage": {"total_tokens": 87}}).encode()


class Service(HTTPServer):
    """A model's service on this machine: keeps what it was asked, answers what it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.got: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.status, self.body, self.wait, self.leads_to = 200, says("您好，〔待填〕。"), 0.0, ""


class Answer(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        assert self.path == "/v1/chat/completions"
        self.server.keys.append(self.headers.get("Authorization", ""))
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        time.sleep(self.server.wait)
        self.send_response(self.server.status)
        if self.server.leads_to:
            self.send_header("Location", self.server.leads_to)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def service(settings: Any) -> Iterator[Service]:
    server = Service()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    settings.HUIYING_MODEL_URL = f"http://127.0.0.1:{server.server_port}/v1/"
    settings.HUIYING_MODEL_NAME, settings.HUIYING_MODEL_KEY = "qwen", "sk-secret"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cast(town: Any) -> Cast:
    return people()


@pytest.fixture
def case(cast: Cast) -> Case:
    body = "我叫何秀英，电话13900001234，住石桥镇东街12号，自来水浑浊三天。"
    return make.case(status="handling", body=body, received=make.at(3, 14))


def propose(case: Case, cast: Cast) -> larger.Proposal:
    return larger.propose_reply(case, by=cast.clerk, at=NOW)


def test_only_masked_words_leave_and_the_trail_says_who_and_what_for(service, case, cast) -> None:
    assert propose(case, cast) == larger.Proposal("您好，〔待填〕。", [])
    [asked] = service.got
    sent = asked["messages"][1]["content"]
    assert "自来水浑浊" in sent
    for personal in ("何秀英", "13900001234", "12号"):
        assert personal not in json.dumps(asked, ensure_ascii=False)
    assert service.keys == ["Bearer sk-secret"]
    [line] = Trail.objects.filter(kind="model")
    assert (line.user, line.subject) == (cast.clerk, case.number)
    assert (line.data["use"], line.data["tokens"], line.data["model"]) == ("拟答复", 87, "qwen")
    assert len(line.data["sha256"]) == 64
    assert "自来水" not in json.dumps(line.data, ensure_ascii=False)


def test_of_a_protected_case_nothing_leaves(service, case, cast) -> None:
    case.secret = True
    with pytest.raises(Refused, match="不交给大模型"):
        propose(case, cast)
    assert service.got == []


def test_without_a_service_nothing_is_asked(case, cast) -> None:
    assert not larger.is_on()
    with pytest.raises(Refused, match="没有设置大模型服务"):
        propose(case, cast)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, b"", "不认这个密钥"),
        (404, b"", "没有这个模型或网址"),
        (429, b"", "正忙"),
        (500, b"", "HTTP 500"),
        (200, b"<html>", "不合 OpenAI 接口的格式"),
        (200, b"[]", "不合 OpenAI 接口的格式"),
        (200, b'{"choices": []}', "不合 OpenAI 接口的格式"),
        (200, says(""), "回答是空的"),
        (200, says(None), "回答是空的"),
        (200, says(["x"]), "回答是空的"),
        (200, says("<think>市民说的是水"), "只写了思考过程"),
        (200, says("…", finish_reason="content_filter"), "拒绝就这件诉求作答"),
    ],
)
def test_what_cannot_be_used_is_said_in_words_and_kept_on_record(
    service, case, cast, status, body, said
) -> None:
    service.status, service.body = status, body
    with pytest.raises(Refused, match=said):
        propose(case, cast)
    assert said in Trail.objects.get(kind="model").reason


def test_a_service_that_does_not_answer_is_not_waited_for(service, case, cast, monkeypatch) -> None:
    monkeypatch.setattr(larger, "TIMEOUT_SECONDS", 0.05)
    service.wait = 0.15
    with pytest.raises(Refused, match="没有回答"):
        propose(case, cast)


def test_no_redirect_leads_out(service, case, cast) -> None:
    service.status, service.leads_to = 307, "http://127.0.0.1:9/elsewhere"
    with pytest.raises(Refused, match="HTTP 307"):
        propose(case, cast)


@pytest.mark.parametrize(
    ("url", "said"),
    [("http://8.8.8.8/v1", "不在内网"), ("ftp://10.0.0.1/v1", "开头"), ("http:///v1", "开头")],
)
def test_a_service_outside_is_refused_before_anything_is_sent(case, cast, settings, url, said) -> None:
    settings.HUIYING_MODEL_URL = url
    with pytest.raises(Refused, match=said):
        propose(case, cast)


# On the screen


def page(client, case: Case, **typed: str) -> Any:
    given = {"seq": str(case.seq), "handling_report": "已换管", "contact_record": "", "public_answer": "旧稿"}
    return client.post(f"/cases/{case.number}/task/1/proposal/", given | typed)


def test_a_proposal_is_shown_beside_what_was_typed_and_saved_only_when_taken_over(
    service, case, cast, client
):
    client.force_login(cast.clerk)
    assert "请大模型拟稿" in client.get(f"/cases/{case.number}/task/1/").content.decode()
    said = page(client, case).content.decode()
    assert "您好，〔待填〕。</textarea>" in said
    assert "已换管" in said
    assert "旧稿" in said
    assert case.texts.get(kind="body").text in said, "what is asked stands beside"
    assert not case.assignments.get().replies.exists()
    assert "不采用，保存我原来写的" in page(client, case, public_answer="").content.decode(), (
        "the report is kept too"
    )
    said = page(client, case, public_answer="", handling_report="").content.decode()
    assert f'<a href="/cases/{case.number}/task/1/">不采用，回到办理</a>' in said


def test_where_none_comes_the_page_says_why_and_keeps_the_words(service, case, cast, client) -> None:
    service.status = 429
    client.force_login(cast.clerk)
    said = page(client, case).content.decode()
    assert "正忙" in said
    assert "旧稿</textarea>" in said


def test_the_button_is_not_there_without_a_service_and_others_units_ask_nothing(case, cast, client, settings):
    client.force_login(cast.clerk)
    assert "请大模型拟稿" not in client.get(f"/cases/{case.number}/task/1/").content.decode()
    client.force_login(cast.other_clerk)
    assert page(client, case).status_code == 404


SUMMARY = "东街自来水浑浊3天，影响40户，要求尽快修复。"


def summary(client, case: Case, **headers: str) -> str:
    return client.post(f"/cases/{case.number}/summary/", headers=headers).content.decode()


def test_the_case_page_is_offered_a_summary_that_may_be_kept_as_a_remark(service, case, cast, client) -> None:
    service.body = says(SUMMARY)
    client.force_login(cast.reviewer)
    url = f"/cases/{case.number}/"
    assert "请大模型概括" in client.get(url).content.decode()
    for said in (summary(client, case), summary(client, case, hx_request="true")):
        assert f"{SUMMARY}</textarea>" in said
        assert "诉求里没有这些数字，请核对：40户</p>" in said, "浑浊三天 is in the words"
    assert "诉求内容" not in said, "for htmx only that part"
    assert "何秀英" not in json.dumps(service.got, ensure_ascii=False)
    assert [line.data["use"] for line in Trail.objects.filter(kind="model")] == ["概括诉求"] * 2
    assert not case.texts.filter(text=SUMMARY).exists(), "nothing is kept of itself"
    client.post(f"{url}moves/remark/", {"seq": str(case.seq), "on": "0", "note": SUMMARY})
    assert case.texts.get(kind="note").text == SUMMARY


def test_a_unit_reads_a_summary_and_leaves_no_remark(service, case, cast, client) -> None:
    service.body = says(SUMMARY)
    client.force_login(cast.clerk)
    assert f'<p class="prose">{SUMMARY}</p>' in summary(client, case)
    client.force_login(cast.other_clerk)
    assert client.post(f"/cases/{case.number}/summary/").status_code == 404
    assert len(service.got) == 1


def test_where_no_summary_comes_the_page_says_why(service, case, cast, client) -> None:
    service.status = 429
    client.force_login(cast.reviewer)
    assert "正忙" in summary(client, case)
    assert "请大模型概括" in summary(client, case, hx_request="true"), "it may be asked again"


def test_a_protected_case_and_a_place_without_a_service_have_no_summary(
    service, case, cast, client, settings
):
    client.force_login(cast.reviewer)
    Case.objects.update(secret=True)
    assert "请大模型概括" not in client.get(f"/cases/{case.number}/").content.decode()
    assert "不交给大模型" in summary(client, case, hx_request="true")
    Case.objects.update(secret=False)
    settings.HUIYING_MODEL_URL = ""
    assert "请大模型概括" not in client.get(f"/cases/{case.number}/").content.decode()
    assert "没有设置大模型服务" in summary(client, case, hx_request="true")
    assert service.got == []


def test_the_desk_is_offered_a_title_of_masked_words(service, cast, client) -> None:
    service.body = says("东街自来水浑浊问题\n（完）")
    client.force_login(cast.operator)
    typed = {"body": "我是何秀英，13900001234，自来水浑浊。", "name": "何秀英", "nature": "complaint"}
    assert "请大模型拟标题" in client.get("/intake/").content.decode()
    said = client.post("/intake/title/", typed).content.decode()
    assert "<span data-words>东街自来水浑浊问题</span>" in said
    sent = service.got[0]["messages"][1]["content"]
    assert "自来水浑浊" in sent
    assert "何秀英" not in sent
    assert "1390000" not in sent
    for change in ({"nature": "tip"}, {"secret": "1"}, {"body": " "}):
        said = client.post("/intake/title/", typed | change).content.decode()
        assert "data-words" not in said
    assert len(service.got) == 1
    client.force_login(cast.clerk)
    assert client.post("/intake/title/", typed).status_code in {403, 409}


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("石桥镇东街自来水浑浊问题", "石桥镇东街自来水浑浊问题"),
        (
            "<think>先想一想。</think>\n\n**标题：《石桥镇东街自来水浑浊问题》**\n说明…",
            "石桥镇东街自来水浑浊问题",
        ),
        (
            "关于石桥镇东街第三小学后门附近居民楼自来水连续三天浑浊无法饮用的问题",
            "关于石桥镇东街第三小学后门附近居民楼自来水连续三天",
        ),
    ],
)
def test_a_title_is_one_line_without_thoughts_and_no_longer_than_titles_are(
    service, cast, said, title
) -> None:
    service.body = says(said)
    proposed = larger.propose_title("自来水浑浊三天。", guarded=False, names=[], by=cast.operator, at=NOW)
    assert len(proposed) <= 25
    assert proposed == title
