def test_a_real_browser_opens_the_town_and_finds_its_style_sheets(page):
    page.goto("/sign-in/")
    assert page.get_by_role("button", name="登录").is_visible()
    assert page.evaluate("document.styleSheets.length") >= 1
