"""Routes about the server as a whole."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from faceguard import __version__
from faceguard.album.limits import LIMITS
from faceguard.photos import PHOTO_EXTENSIONS
from faceguard.settings.strengths import STRENGTHS
from faceguard.web.answers import About, Health, LimitsView, Strength
from faceguard.web.api.dependencies import TOKEN, AllJobs, Whom
from faceguard.web.api.descriptions import errors
from faceguard.web.gate import COOKIE, LOGIN, bearer_of
from faceguard.web.refusals import Refusal

open_router = APIRouter()
router = APIRouter(dependencies=[TOKEN])


@open_router.get("/healthz", tags=["server"], summary="Whether the server is there")
async def healthz() -> Health:
    """Answers at once, also while photos are being protected; asks for no token."""
    return Health()


@router.post(
    LOGIN, tags=["server"], summary="Show the token once, for browsers", status_code=204, responses=errors()
)
async def open_session(request: Request, access: Whom) -> Response:
    """Takes the token from the header `Authorization: Bearer TOKEN` and sets a cookie in its place."""
    if access.token is not None and not access.is_token(bearer_of(request.headers)):
        raise Refusal(
            401, "wrong-token", "this is not the token: copy it from where faceguard serve was started"
        )
    answer = Response(status_code=204)
    answer.set_cookie(COOKIE, access.session, path="/api/", httponly=True, samesite="strict")
    return answer


@router.get("/api/about", tags=["server"], summary="What this server is and takes", responses=errors())
async def about(jobs: AllJobs, access: Whom) -> About:
    """Version, strengths, limits, and what is not promised."""
    limits = jobs.limits
    return About(
        version=__version__,
        is_local=access.is_local,
        strengths=[Strength(name=name, epsilon=epsilon) for name, epsilon in STRENGTHS.items()],
        extensions=sorted(PHOTO_EXTENSIONS),
        limits=LimitsView(
            pixels=limits.pixels,
            photo_bytes=limits.photo_bytes,
            photos=limits.photos,
            total_bytes=limits.total_bytes,
            jobs=limits.jobs,
            minutes=limits.minutes,
            keep_minutes=limits.keep_minutes,
        ),
        not_promised=list(LIMITS),
    )
