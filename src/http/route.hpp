#pragma once
// A route is a row: method, path, right, body, handler, words. The server, the OpenAPI writer and the route-matrix test
// all read the same rows.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "http/message.hpp"

namespace vitrine::http {

// What a route asks of its caller; auth says who has it.
//   open       anyone, signed in or not
//   signed_in  a person with a session or token, whatever the role
//   read, upload, write, review, admin, owner   by role, and by scope for keys
enum class Right { open, signed_in, read, upload, write, review, admin, owner };
BOOST_DESCRIBE_ENUM(Right, open, signed_in, read, upload, write, review, admin, owner)

enum class BodyKind { none, json, photos };  // photos: multipart/form-data, or one raw image

struct Parameter {
    std::string name;
    std::string words;
    json::Value schema;  // of a query parameter
};

using Handler = std::function<Result<Response>(Request&)>;

struct Route {
    Method method = Method::get;
    std::string path;  // "/api/v1/listings/{id}"
    Right right = Right::read;
    std::string operation;  // "listings.find": operationId, and the label in metrics
    std::string words;      // one sentence for OpenAPI
    Handler handler = {};
    BodyKind body_kind = BodyKind::none;
    json::Value body_schema = {};    // json bodies; for photos, the text fields
    json::Value answer_schema = {};  // null: no JSON answer
    std::string answer_type = "application/json";
    int status = 200;                   // on success
    int repeat_status = 0;              // on success, when it was there already; 0: no such answer
    std::vector<Parameter> query = {};  // an unknown query parameter is refused, by name
    bool idempotent = false;            // takes Idempotency-Key (a POST that creates or acts)
    bool if_match = false;              // needs If-Match: the handler asks http::if_match
    std::uint64_t body_bytes_max = 1 << 20;
    std::uint64_t file_bytes_max = 40'000'000;
    int files_max = 20;
    bool websocket = false;  // see Server::websocket
};

// A GET row with its answer's schema.
template <class Answer>
Route get(std::string path, Right right, std::string operation, std::string words, std::function<Result<Answer>(Request&)> handler) {
    Route route{Method::get, std::move(path), right, std::move(operation), std::move(words)};
    route.answer_schema = json::schema<Answer>();
    route.handler = [handler = std::move(handler)](Request& request) -> Result<Response> {
        return Response::json(200, json::write(TRY(handler(request))));
    };
    return route;
}

// A row whose JSON body is read into Body before the handler runs.
template <class Body, class Answer>
Route with_body(Method method, std::string path, Right right, std::string operation, std::string words,
                std::function<Result<Answer>(Request&, Body)> handler, int status = 200) {
    Route route{method, std::move(path), right, std::move(operation), std::move(words)};
    route.body_kind = BodyKind::json;
    route.body_schema = json::schema<Body>();
    route.answer_schema = json::schema<Answer>();
    route.status = status;
    route.idempotent = method == Method::post;
    route.handler = [handler = std::move(handler), status](Request& request) -> Result<Response> {
        auto body = TRY(json::read_text<Body>(request.body));
        return Response::json(status, json::write(TRY(handler(request, std::move(body)))));
    };
    return route;
}

// Filled by each room's add_routes, before the server starts.
class Router {
public:
    // Two rows with the same method and path are a programming error and assert.
    void add(Route);
    const std::vector<Route>& routes() const { return routes_; }

    struct Match {
        const Route* route = nullptr;
        std::map<std::string, std::string> params;
        std::vector<Method> allowed;  // when the path is known and the method is not
    };
    Match match(Method, std::string_view path) const;

private:
    std::vector<Route> routes_;
};

// The OpenAPI 3.1 document of these rows: sorted, so that the same rows give the same bytes. A schema with a title, at
// any depth, stands once in components/schemas under that title; the right of a row is its x-right.
json::Value openapi(const std::vector<Route>&, std::string_view version);

// GET /api/openapi.json and the page GET /api/docs that shows it. The first is written when it is first asked for, so
// that it holds rows that are added later; the router outlives it.
Route openapi_route(const Router&, std::string version);
Route docs_route();

}  // namespace vitrine::http
