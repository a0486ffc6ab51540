"""Puts the page, the API and what stands before them together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from faceguard import __version__
from faceguard.web.access import Access
from faceguard.web.api import job_routes, result_routes, server_routes
from faceguard.web.gate import Gate, refusal_answer
from faceguard.web.jobs import Jobs
from faceguard.web.page_files import PageFiles
from faceguard.web.refusals import Refusal

_SECONDS_BETWEEN_CLEANINGS = 15.0
_DESCRIPTION = """\
Protects photos from face recognition, on this machine: make a job, send its photos one by one, start it,
follow it, and download what came of it. Every error has the same body, which says what is wrong and what to
do. Where the server asks for a token, send it as `Authorization: Bearer TOKEN`."""


def make_app(jobs: Jobs, access: Access) -> FastAPI:
    """The whole server as an ASGI application.

    Args:
        jobs: Where the photos and the work are; entered and left by the caller.
        access: Who may come in.
    """

    @asynccontextmanager
    async def cleaning(app: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(_remove_forgotten(jobs))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    app = FastAPI(
        title="faceguard",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=cleaning,
        docs_url=None,  # FastAPI's own pages would load scripts from elsewhere
        redoc_url=None,
    )
    app.state.jobs = jobs
    app.state.access = access
    app.include_router(server_routes.open_router)
    for routes in (server_routes, job_routes, result_routes):
        app.include_router(routes.router)
    app.add_middleware(Gate, access=access)
    files = PageFiles()

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return files.answer("index.html")

    @app.get("/page/{name}", include_in_schema=False)
    async def page_file(name: str) -> Response:
        return files.answer(name)

    @app.exception_handler(Refusal)
    async def refused(request: Request, refusal: Refusal) -> Response:
        return refusal_answer(refusal)

    @app.exception_handler(RequestValidationError)
    async def misunderstood(request: Request, error: RequestValidationError) -> Response:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in each['loc'][1:]) or 'the request'}: {each['msg']}"
            for each in error.errors()
        )
        return refusal_answer(
            Refusal(422, "misunderstood", f"{wrong}. What can be asked for stands in /openapi.json")
        )

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> Response:
        what = f"{request.method} {request.url.path}: {error.detail.lower()}"
        message = f"{what}. What there is stands in /openapi.json"
        code = "-".join(str(error.detail).lower().split())
        return refusal_answer(Refusal(error.status_code, code, message, headers=error.headers))

    return app


async def _remove_forgotten(jobs: Jobs) -> None:
    while True:
        await asyncio.sleep(_SECONDS_BETWEEN_CLEANINGS)
        await run_in_threadpool(jobs.remove_forgotten)
