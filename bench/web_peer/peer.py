"""The signed-in read of one listing as FastAPI, SQLAlchemy and uvicorn are taught to do it: the same session from a
cookie, the same two tables, the same JSON.

    peer.py --database FILE --listing LISTING.json --secret SECRET --port PORT [--workers 2] [--style threads|loop]

`threads` is the tutorials' way for a database that blocks (`def`, run on a pool of threads); `loop` calls it from the
event loop itself (`async def`), which nobody recommends and which is quicker for reads that never wait. A comparison
takes the better of the two.
"""

import argparse
import hashlib
import json
import os
import pathlib
from datetime import datetime, timedelta
from typing import Annotated, Any

import uvicorn
from fastapi import Cookie, Depends, FastAPI, HTTPException, Response
from pydantic import BaseModel
from sqlalchemy import JSON, DateTime, ForeignKey, String, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship, selectinload, sessionmaker


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "persons"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    workspace_id: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    removed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SignIn(Base):
    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(String, unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("persons.id"))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship()


class Listing(Base):
    __tablename__ = "listings"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    language: Mapped[str]
    market: Mapped[str]
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    remarks: Mapped[list[Any]] = mapped_column(JSON)
    job: Mapped[str | None]
    version: Mapped[int]
    created_by: Mapped[str]
    created_at: Mapped[str]
    updated_at: Mapped[str]
    photos: Mapped[list["Photo"]] = relationship(order_by="Photo.position")


class Photo(Base):
    __tablename__ = "photos"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    listing_id: Mapped[str] = mapped_column(ForeignKey("listings.id"), index=True)
    position: Mapped[int]
    sha256: Mapped[str]
    format: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[int]
    file_name: Mapped[str]


class PhotoOut(BaseModel):
    model_config = {"from_attributes": True}
    id: str
    sha256: str
    format: str
    width: int
    height: int
    bytes: int
    file_name: str


class Field(BaseModel):
    value: Any = None
    confidence: float
    evidence: list[Any]
    source: str


class Fields(BaseModel):
    category: Field
    brand: Field
    size: Field
    colours: Field
    materials: Field
    condition: Field
    title: Field
    description: Field
    tags: Field
    price: Field


class ListingOut(BaseModel):
    model_config = {"from_attributes": True}
    id: str
    state: str
    language: str
    market: str
    photos: list[PhotoOut]
    fields: Fields
    remarks: list[Any]
    job: str | None
    version: int
    created_by: str
    created_at: str
    updated_at: str


def engine_of(file: str):
    engine = create_engine(f"sqlite:///{file}", connect_args={"check_same_thread": False}, pool_size=10, max_overflow=30)

    @event.listens_for(engine, "connect")
    def settings(connection, _):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    return engine


sessions = sessionmaker(engine_of(os.environ.get("PEER_DATABASE", "/nowhere")), expire_on_commit=False)


def session():
    with sessions() as opened:
        yield opened


def signed_in(database: Session, cookie: str | None) -> Person:
    if cookie is None:
        raise HTTPException(401, "Sign in first.")
    row = database.scalar(
        select(SignIn).options(joinedload(SignIn.person)).where(SignIn.secret_sha256 == hashlib.sha256(cookie.encode()).hexdigest())
    )
    if row is None or row.revoked_at is not None or row.person.removed_at is not None or row.expires_at < datetime.now():
        raise HTTPException(401, "Sign in first.")
    return row.person


def find_listing(database: Session, person: Person, id: str, response: Response) -> Listing:
    listing = database.scalar(
        select(Listing).options(selectinload(Listing.photos)).where(Listing.id == id, Listing.workspace_id == person.workspace_id)
    )
    if listing is None:
        raise HTTPException(404, "There is no such listing.")
    response.headers["ETag"] = f'"{listing.version}"'
    return listing


app = FastAPI()
Cookied = Annotated[str | None, Cookie(alias="vitrine_session")]

if os.environ.get("PEER_STYLE") == "loop":

    @app.get("/api/v1/listings/{id}", response_model=ListingOut, response_model_exclude_none=True)
    async def find(id: str, response: Response, vitrine_session: Cookied = None):
        with sessions() as database:
            return find_listing(database, signed_in(database, vitrine_session), id, response)

else:

    @app.get("/api/v1/listings/{id}", response_model=ListingOut, response_model_exclude_none=True)
    def find(id: str, response: Response, database: Annotated[Session, Depends(session)], vitrine_session: Cookied = None):
        return find_listing(database, signed_in(database, vitrine_session), id, response)


def seed(file: str, listing: dict, secret: str):
    engine = engine_of(file)
    Base.metadata.create_all(engine)
    with Session(engine) as database:
        person = Person(id="p", workspace_id="w", name="Ada", role="owner")
        hashed = hashlib.sha256(secret.encode()).hexdigest()
        database.add_all([person, SignIn(id="s", secret_sha256=hashed, person=person, expires_at=datetime.now() + timedelta(days=1))])
        for number in range(100):  # ours has others beside it, too
            row = {key: listing.get(key) for key in ListingOut.model_fields if key not in ("photos", "id")}
            id = listing["id"] if number == 0 else f"{listing['id']}-{number}"
            photos = [Photo(**{**photo, "id": f"{photo['id']}-{number}" if number else photo["id"], "position": at}) for at, photo in enumerate(listing["photos"])]
            database.add(Listing(id=id, workspace_id="w", photos=photos, **row))
        database.commit()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True)
    parser.add_argument("--listing", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--style", choices=["threads", "loop"], default="threads")
    options = parser.parse_args()
    if not pathlib.Path(options.database).exists():
        seed(options.database, json.loads(pathlib.Path(options.listing).read_text()), options.secret)
    os.environ.update(PEER_DATABASE=options.database, PEER_STYLE=options.style)
    uvicorn.run(
        "peer:app",
        app_dir=str(pathlib.Path(__file__).parent),
        port=options.port,
        workers=options.workers,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
