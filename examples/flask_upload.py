"""A web app that protects the photos people upload and sends them back.

pip install flask
flask --app examples/flask_upload run
curl --form photo=@me.jpg --output me-protected.jpg http://127.0.0.1:5000/protect
"""

from __future__ import annotations

import threading

from flask import Flask, Response, request

from faceguard import MetadataPolicy, PhotoError, Protector

LARGEST_UPLOAD = 30 * 2**20  # bytes


def create_app(guard: Protector | None = None) -> Flask:
    """The app.

    Args:
        guard: What protects. One serves all requests: loading it takes longer than protecting a photo.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_UPLOAD
    protector = guard or Protector()
    # Requests may be served by several threads, and the protector does not mind. But one photo keeps all
    # cores busy, so two at a time would only make both of them wait.
    turn = threading.Lock()

    @app.post("/protect")
    def protect() -> Response | tuple[dict[str, str], int]:
        upload = request.files.get("photo")
        if upload is None:
            return {"error": "send the photo as the form field 'photo'"}, 400
        try:
            with turn:
                result = protector.protect(upload.read())
            data = result.encoded(MetadataPolicy.STRIP_GPS)
        except PhotoError as error:
            return {"error": error.reason}, 422
        answer = Response(data, mimetype=f"image/{(result.photo.format_name or 'PNG').lower()}")
        answer.headers["X-Protected-Faces"] = str(len(result.faces))
        return answer

    return app
