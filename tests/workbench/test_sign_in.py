"""Coming in and going out."""

import pytest

from tests import make
from tests.make import PASSWORD

pytestmark = pytest.mark.django_db

DOORS = [
    "/",
    "/cases/",
    "/cases/R2022030001/",
    "/bulletins/",
    "/bulletins/1/",
    "/bulletins/1/figures/F1/",
    "/password/",
]


def test_every_page_asks_a_stranger_to_sign_in_and_then_goes_on_to_it(client, cast) -> None:
    for door in DOORS:
        answer = client.get(door)
        assert answer.status_code == 302
        assert answer.url == f"/sign-in/?next={door}"
    answer = client.post("/sign-in/", {"username": "xiaozhang", "password": PASSWORD, "next": "/cases/"})
    assert answer.url == "/cases/"


def test_a_move_without_sign_in_changes_nothing(client, cast) -> None:
    case = make.case(status="dispatched")
    answer = client.post(f"/cases/{case.number}/moves/claim/", {"seq": case.seq, "on": 1})
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.status == "dispatched"


def test_nobody_is_led_off_to_another_site(client, cast) -> None:
    given = {"username": "xiaozhang", "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post("/sign-in/", given).url == "/"


@pytest.mark.parametrize(
    "given",
    [
        {"username": "xiaozhang", "password": "不是这个"},
        {"username": "没有此人", "password": PASSWORD},
        {"username": "left", "password": PASSWORD},
    ],
)
def test_a_failed_sign_in_says_the_same_whatever_was_wrong(client, cast, given) -> None:
    make.person("left", "离任", "operator", active=False)
    page = client.post("/sign-in/", given).content.decode()
    assert "用户名或密码不正确" in page
    assert 'role="alert"' in page
    assert given["password"] not in page
    assert f'value="{given["username"]}"' in page


def test_sign_out_goes_back_to_the_door(client, cast) -> None:
    client.force_login(cast.operator)
    assert client.get("/sign-out/").status_code == 405  # a link could not sign anybody out
    assert client.post("/sign-out/").url == "/sign-in/"
    assert client.get("/").status_code == 302


def test_the_one_time_password_is_asked_for_by_name_and_slips_are_told(client, cast) -> None:
    cast.operator.must_change = True
    cast.operator.save()
    client.force_login(cast.operator)
    assert "一次性密码</label>" in client.get("/password/").content.decode()
    wrong = {"old_password": "x", "new_password1": "东街的水又清了", "new_password2": "东街的水又浑了"}
    page = client.post("/password/", wrong).content.decode()
    assert "旧密码不正确，请核对后重试。" in page
    assert "两次输入的新密码不一样" in page


def test_a_new_password_must_be_a_good_one(client, cast) -> None:
    client.force_login(cast.operator)
    given = {"old_password": PASSWORD, "new_password1": "12345678", "new_password2": "12345678"}
    page = client.post("/password/", given).content.decode()
    assert "至少" in page
    assert 'aria-invalid="true"' in page
    good = "shi-qiao-liu-shui"
    answer = client.post("/password/", given | {"new_password1": good, "new_password2": good}, follow=True)
    assert "密码已修改" in answer.content.decode()
    cast.operator.refresh_from_db()
    assert cast.operator.check_password(good)


def test_the_door_opens_before_any_place_is_loaded_and_the_rooms_say_what_to_do(client, db) -> None:
    assert "回应" in client.get("/sign-in/").content.decode()
    client.force_login(make.person("early", "早来", "operator"))
    answer = client.get("/cases/")
    assert answer.status_code == 409
    assert "还没有载入地方配置" in answer.content.decode()


def test_pages_name_the_office_of_the_place_and_stay_out_of_caches(client, cast, town) -> None:
    client.force_login(cast.operator)
    answer = client.get("/cases/")
    assert town.office.name in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert "HX-Request" in answer["Vary"]
