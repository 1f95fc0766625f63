"""Operations pages of the operator, for people with roles."""

from flask import Flask

from app.web.context import WebContext
from app.web.ops import (
    access,
    account_pages,
    audit_page,
    bounce_pages,
    copy_pages,
    correction_mailing_pages,
    correction_pages,
    correction_preview,
    delivery_pages,
    due_page,
    edit_pages,
    entry_pages,
    figures_page,
    hook_pages,
    import_pages,
    invitation_pages,
    issue_pages,
    link_pages,
    login,
    manual_pages,
    navigation,
    notice_pages,
    oidc_pages,
    outbox_pages,
    overview_page,
    preview_pages,
    progress_page,
    reader_form_pages,
    reader_list_pages,
    refusal_pages,
    release_pages,
    saved_pages,
    scrape_pages,
    second_step_pages,
    sending_page,
    settle_pages,
    source_pages,
    subscriber_pages,
    support_page,
    takedown_pages,
    terminal_page,
    trial_pages,
    wording_pages,
    year_pages,
)
from app.web.ops.background_work import WorkRegistry
from app.web.ops.desk import OpsContext, blueprint

# Each of these modules adds its pages to the room when it is imported.
PAGE_MODULES = (
    *(
        login,
        overview_page,
        source_pages,
        saved_pages,
        entry_pages,
        scrape_pages,
        progress_page,
        issue_pages,
        preview_pages,
        edit_pages,
        wording_pages,
        release_pages,
        correction_pages,
        correction_preview,
        correction_mailing_pages,
        delivery_pages,
    ),
    *(outbox_pages, bounce_pages, subscriber_pages, refusal_pages, hook_pages, audit_page, terminal_page),
    *(navigation, takedown_pages, link_pages, year_pages, copy_pages, settle_pages, trial_pages, account_pages),
    *(due_page, support_page, figures_page, reader_list_pages, reader_form_pages, import_pages, manual_pages),
    *(invitation_pages, second_step_pages, notice_pages, oidc_pages, sending_page),
)


def register(app: Flask) -> None:
    """Add these pages."""
    web_context: WebContext = app.extensions["casereviews"]
    app.extensions["casereviews.ops"] = OpsContext(WorkRegistry(web_context.settings))
    app.jinja_env.globals["who_may"] = access.refusal_words
    app.register_blueprint(blueprint)


def transfer_state(before: Flask, after: Flask) -> None:
    """Let another application go on with what is remembered. Under another password its sessions are over."""
    after.extensions["casereviews.ops"] = before.extensions["casereviews.ops"]


def stop_work(app: Flask, seconds: float) -> bool:
    """End the work in the background, before the process ends; whether it has, in so many seconds."""
    desk: OpsContext = app.extensions["casereviews.ops"]
    return desk.works.close(seconds)
