// The table of this slice's routes, and thin handlers: read the request, call a verb, write the answer.

#include <fmt/format.h>

#include <charconv>

#include "listing/inside.hpp"

namespace vitrine::listing {
namespace {

using http::Method;
using http::Parameter;
using http::Request;
using http::Response;
using http::Right;
using http::Route;

struct PhotoOrder {
    std::vector<PhotoId> photos;
};
BOOST_DESCRIBE_STRUCT(PhotoOrder, (), (photos))

// The version, and, where there are twins, what they are: those come, go and change their titles without it, and whoever
// asks whether what it has still holds must hear of it.
std::string etag_of(const Listing& listing) {
    if (listing.twins.empty()) return http::etag_of(listing.version);
    return fmt::format("\"{}-{:x}\"", listing.version, std::hash<std::string>()(json::print(json::write(listing.twins))));
}

// The version alone decides whether a change is refused. Errors: http.if_match.
Result<std::optional<std::int64_t>> version_in(const Request& request) {
    auto tag = std::string(request.headers.get("if-match"));
    if (auto dash = tag.find('-'); dash != std::string::npos && tag.ends_with('"')) tag = tag.substr(0, dash) + '"';
    Request plain;
    plain.headers.set("if-match", tag);
    return http::if_match(plain);
}

Response answer(int status, const Listing& listing) {
    auto response = Response::json(status, json::write(listing));
    response.headers.set("ETag", etag_of(listing));
    return response;
}

template <class E>
Result<std::optional<E>> enum_query(const Request& request, const std::string& name) {
    auto text = request.query_if(name);
    if (!text || text->empty()) return std::optional<E>{};
    if (auto value = json::enum_of<E>(*text)) return std::optional<E>{*value};
    return Error{Kind::invalid, "http.parameter", fmt::format("{} must be one of {}.", name, fmt::join(json::enum_names<E>(), ", ")), name};
}

// Of the form, or of the query when a raw image is sent. Errors: listing.<name>.
template <class E>
Result<std::optional<E>> enum_field(const Request& request, const std::string& name) {
    auto field = request.fields.find(name);
    auto text = field != request.fields.end() ? std::optional(field->second) : request.query_if(name);
    if (!text) return std::optional<E>{};
    if (auto value = json::enum_of<E>(*text)) return std::optional<E>{*value};
    return Error{Kind::invalid, "listing." + name, fmt::format("{} must be one of {}.", name, fmt::join(json::enum_names<E>(), ", ")),
                 name};
}

bool truth_field(const Request& request, const std::string& name) {
    auto field = request.fields.find(name);
    auto text = field != request.fields.end() ? std::optional(field->second) : request.query_if(name);
    return text == "true" || text == "1";
}

std::vector<Incoming> incoming(const Request& request) {
    std::vector<Incoming> files;
    for (const auto& file : request.files) files.push_back({file.path, file.file_name, true});
    return files;
}

// Errors: http.parameter.
Result<int> limit_of(const Request& request) {
    auto field = request.fields.find("limit");
    auto text = field != request.fields.end() ? std::optional(field->second) : request.query_if("limit");
    if (!text || text->empty()) return similar_usual;
    int limit = 0;
    auto [rest, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (error != std::errc{} || rest != text->data() + text->size() || limit < 1 || limit > similar_max)
        return Error{Kind::invalid, "http.parameter", fmt::format("limit must be a whole number from 1 to {}.", similar_max), "limit"};
    return limit;
}

json::Value texts(std::initializer_list<std::string_view> values) {
    json::Array array;
    for (auto value : values) array.emplace_back(value);
    return json::Object{{"type", "string"}, {"enum", array}};
}

template <class E>
json::Value enum_schema() {
    json::Array array;
    for (const auto& name : json::enum_names<E>()) array.emplace_back(name);
    return json::Object{{"type", "string"}, {"enum", array}};
}

struct RedoBody {
    std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(RedoBody, (), (dry_run))

const json::Value text_schema = json::Object{{"type", "string"}, {"maxLength", 200}};

// A verb on one listing without a body: POST /api/v1/listings/{id}/<verb>.
Route verb(std::string name, Right right, std::string words, std::function<Result<Listing>(const http::Caller&, const ListingId&)> act,
           int status = 200) {
    Route route{Method::post, "/api/v1/listings/{id}/" + name, right, "listings." + name, std::move(words)};
    route.answer_schema = json::schema<Listing>();
    route.status = status;
    route.idempotent = true;
    route.handler = [act = std::move(act), status](Request& request) -> Result<Response> {
        return answer(status, TRY(act(request.who(), TRY(request.id<ListingId>("id")))));
    };
    return route;
}

Route photo_route(Listings& listings, std::string name, std::optional<photo::Size> size, std::string words) {
    Route route{Method::get, "/api/v1/photos/{id}/" + name, Right::read, "photos." + name, std::move(words)};
    route.answer_type = name == "original" ? "image/*" : name == "thumb" ? "image/webp" : "image/jpeg";
    route.handler = [&listings, size](Request& request) -> Result<Response> {
        auto file = TRY(listings.photo_file(request.who(), TRY(request.id<PhotoId>("id")), size));
        auto response = Response::file(file.content_type, file.path);
        response.headers.set("ETag", fmt::format("\"{}\"", file.etag));
        response.headers.set("Cache-Control", "private, max-age=31536000, immutable");
        return response;
    };
    return route;
}

}  // namespace

void Listings::add_routes(http::Router& router) {
    Route create{Method::post, "/api/v1/listings", Right::upload, "listings.create",
                 "Keeps the photos and drafts a listing from them. Multipart (one or more photo parts) or one raw image. A repeat answers "
                 "200 with the earlier listing."};
    create.repeat_status = 200;
    create.body_kind = http::BodyKind::photos;
    create.body_schema = json::Object{
        {"type", "object"},
        {"properties",
         json::Object{{"language", enum_schema<Language>()}, {"market", enum_schema<Market>()}, {"again", texts({"true", "false"})}}}};
    create.query = {{"language", "Language of the draft's texts, for a raw image.", enum_schema<Language>()},
                    {"market", "Where it will be sold, for a raw image; the rules of that market review it.", enum_schema<Market>()},
                    {"again", "true: make a new listing even when these photos have one.", texts({"true", "false"})}};
    create.answer_schema = json::schema<Made>();
    create.status = 202;
    create.idempotent = true;
    create.handler = [this](Request& request) -> Result<Response> {
        auto language = TRY(enum_field<Language>(request, "language")).value_or(Language::en);
        auto market = TRY(enum_field<Market>(request, "market"));
        auto made = TRY(this->create(request.who(), incoming(request), language, truth_field(request, "again"), market));
        auto response = Response::json(made.created ? 202 : 200, json::write(made));
        response.headers.set("Location", "/api/v1/listings/" + to_string(made.listing));
        return response;
    };
    router.add(std::move(create));

    router.add(http::with_body<Corrections, Listing>(
        Method::post, "/api/v1/listings/by-hand", Right::write, "listings.create_by_hand",
        "Makes a listing without photos, filled in by a person.",
        [this](Request& request, Corrections corrections) { return create_by_hand(request.who(), corrections); }, 201));

    auto list = http::get<Page>("/api/v1/listings", Right::read, "listings.list",
                                "Listings, newest first. Without state: all but the trash.", [this](Request& request) -> Result<Page> {
                                    ListFilter filter;
                                    filter.state = TRY(enum_query<State>(request, "state"));
                                    filter.words = request.query_if("q");
                                    filter.category = request.query_if("category");
                                    filter.brand = request.query_if("brand");
                                    filter.missing = request.query_if("missing");
                                    filter.cursor = request.query_if("cursor");
                                    if (auto limit = request.query_if("limit"))
                                        std::from_chars(limit->data(), limit->data() + limit->size(), filter.limit);
                                    return this->list(request.who(), filter);
                                });
    list.query = {{"state", "Only listings in this state.", enum_schema<State>()},
                  {"q", "Words in title, description, brand, tags; the last may be a beginning.", text_schema},
                  {"category", "Catalogue key.", text_schema},
                  {"brand", "Brand, without regard to case.", text_schema},
                  {"missing", "Name of a field that is empty.",
                   texts({"category", "brand", "size", "colours", "condition", "title", "description", "price"})},
                  {"limit", "1 to 200.", json::Object{{"type", "integer"}, {"minimum", 1}, {"maximum", 200}}},
                  {"cursor", "`next` of the page before.", text_schema}};
    router.add(std::move(list));

    router.add(http::get<Markets>("/api/v1/markets", Right::read, "listings.markets",
                                  "The marketplaces whose rules are known, and the usual one of listings that name none.",
                                  [this](Request&) -> Result<Markets> { return markets(); }));

    Route find{Method::get, "/api/v1/listings/{id}", Right::read, "listings.find",
               "One listing, every field with its evidence. The ETag holds its version."};
    find.answer_schema = json::schema<Listing>();
    find.handler = [this](Request& request) -> Result<Response> {
        return answer(200, TRY(this->find(request.who(), TRY(request.id<ListingId>("id")))));
    };
    router.add(std::move(find));

    Route correct{Method::patch, "/api/v1/listings/{id}", Right::write, "listings.correct",
                  "Sets fields: absent leaves one as it is, null gives it back to the machine."};
    correct.if_match = true;
    correct.body_kind = http::BodyKind::json;
    correct.body_schema = json::schema<Corrections>();
    correct.answer_schema = json::schema<Listing>();
    correct.handler = [this](Request& request) -> Result<Response> {
        auto version = TRY(version_in(request));
        auto patch = TRY(json::read_text<Corrections>(request.body));
        return answer(200, TRY(this->correct(request.who(), TRY(request.id<ListingId>("id")), patch, version)));
    };
    router.add(std::move(correct));

    router.add(verb("approve", Right::review, "Approves a draft. A rule that blocks must be mended first.",
                    [this](auto& who, auto& id) { return approve(who, id); }));
    router.add(verb("reject", Right::review, "Rejects a draft.", [this](auto& who, auto& id) { return reject(who, id); }));
    router.add(verb(
        "reanalyze", Right::write, "Drafts it again from its photos; corrections stay.",
        [this](auto& who, auto& id) { return reanalyze(who, id); }, 202));
    router.add(http::with_body<RedoBody, Redo>(
        Method::post, "/api/v1/listings/redo", Right::write, "listings.redo",
        "Drafts again what waits for review and was made with labels or models that have changed since; corrections stay. With dry_run "
        "it only says how many and why.",
        [this](Request& request, RedoBody body) { return redo(request.who(), body.dry_run.value_or(false)); }, 202));
    router.add(verb(
        "duplicate", Right::write, "Makes a second draft with the same photos and fields.",
        [this](auto& who, auto& id) { return duplicate(who, id); }, 201));
    router.add(verb("trash", Right::write, "Moves it to the trash.", [this](auto& who, auto& id) { return trash(who, id); }));
    router.add(verb("restore", Right::write, "Brings it back from the trash, as it was.",
                    [this](auto& who, auto& id) { return restore(who, id); }));

    Route add{Method::post, "/api/v1/listings/{id}/photos", Right::upload, "listings.add_photos",
              "Adds photos and drafts the listing again."};
    add.body_kind = http::BodyKind::photos;
    add.answer_schema = json::schema<Listing>();
    add.status = 202;
    add.idempotent = true;
    add.handler = [this](Request& request) -> Result<Response> {
        return answer(202, TRY(add_photos(request.who(), TRY(request.id<ListingId>("id")), incoming(request))));
    };
    router.add(std::move(add));

    Route remove{Method::del, "/api/v1/listings/{id}/photos/{photo}", Right::write, "listings.remove_photo",
                 "Takes a photo out and drafts the listing again."};
    remove.answer_schema = json::schema<Listing>();
    remove.handler = [this](Request& request) -> Result<Response> {
        return answer(200, TRY(remove_photo(request.who(), TRY(request.id<ListingId>("id")), TRY(request.id<PhotoId>("photo")))));
    };
    router.add(std::move(remove));

    router.add(http::with_body<PhotoOrder, Listing>(Method::put, "/api/v1/listings/{id}/photos", Right::write, "listings.order_photos",
                                                    "Orders the photos; the first is the primary one.",
                                                    [this](Request& request, PhotoOrder order) -> Result<Listing> {
                                                        return order_photos(request.who(), TRY(request.id<ListingId>("id")), order.photos);
                                                    }));

    const json::Value limit_schema = json::Object{{"type", "integer"}, {"minimum", 1}, {"maximum", similar_max}};
    auto similar = http::get<Similar>("/api/v1/listings/{id}/similar", Right::read, "listings.similar",
                                      "What looks like it among your own, closest first. What is not close enough is left out.",
                                      [this](Request& request) -> Result<Similar> {
                                          return this->similar(request.who(), TRY(request.id<ListingId>("id")), TRY(limit_of(request)));
                                      });
    similar.query = {{"limit", "1 to 100; 20 unless told.", limit_schema}};
    router.add(std::move(similar));

    Route similar_to{Method::post, "/api/v1/listings/similar", Right::read, "listings.similar_to",
                     "What looks like this photo, or a part of it, among your own. Nothing of the photo is kept."};
    similar_to.body_kind = http::BodyKind::photos;
    similar_to.files_max = 1;
    similar_to.body_schema =
        json::Object{{"type", "object"}, {"properties", json::Object{{"region", text_schema}, {"limit", limit_schema}}}};
    similar_to.query = {
        {"region", "x,y,width,height in parts of the upright photo, for a raw image: only this part is looked for.", text_schema},
        {"limit", "1 to 100; 20 unless told; for a raw image.", limit_schema}};
    similar_to.answer_schema = json::schema<Similar>();
    similar_to.handler = [this](Request& request) -> Result<Response> {
        if (request.files.size() != 1)
            return Error{Kind::invalid, "listing.no_photo", "Send one photo, as -F photo=@file or as the raw body."};
        auto field = request.fields.find("region");
        auto region = field != request.fields.end() ? std::optional(field->second) : request.query_if("region");
        std::optional<PhotoPart> part;
        if (region && !region->empty()) part = TRY(PhotoPart::parse(*region));
        auto limit = TRY(limit_of(request));
        return Response::json(200, json::write(TRY(this->similar_to(request.who(), request.files.front().path, part, limit))));
    };
    router.add(std::move(similar_to));

    for (bool said : {true, false}) {
        Route different{said ? Method::put : Method::del, "/api/v1/listings/{id}/different/{other}", Right::write,
                        said ? "listings.say_different" : "listings.take_back_different",
                        said ? "Says that two listings show different things: neither is called the other's twin any more."
                             : "Takes back that two listings show different things."};
        different.answer_schema = json::schema<Listing>();
        different.handler = [this, said](Request& request) -> Result<Response> {
            auto id = TRY(request.id<ListingId>("id")), other = TRY(request.id<ListingId>("other"));
            return answer(200, TRY(said ? say_different(request.who(), id, other) : take_back_different(request.who(), id, other)));
        };
        router.add(std::move(different));
    }

    router.add(photo_route(*this, "thumb", photo::Size::thumb, "256 px WebP, without EXIF."));
    router.add(photo_route(*this, "medium", photo::Size::medium, "512 px JPEG, without EXIF."));
    router.add(photo_route(*this, "full", photo::Size::large, "1280 px JPEG, without EXIF."));
    router.add(photo_route(*this, "original", std::nullopt, "The file as it came, EXIF and all."));
}

}  // namespace vitrine::listing
