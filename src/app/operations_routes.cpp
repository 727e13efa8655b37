// What operators and monitors ask: is it alive, can it work, how is it doing, what can it do.

#include <fmt/format.h>
#include <sys/statvfs.h>

#include "app/routes.hpp"

namespace vitrine::app {
namespace {

using http::Method;
using http::Request;
using http::Response;
using http::Right;

struct Health {
    std::string status;
    std::string version;
};
BOOST_DESCRIBE_STRUCT(Health, (), (status, version))

// One part of the house, and what to do when it is not ready.
struct ReadyPart {
    std::string part;
    bool ready = false;
    std::optional<std::string> problem;
};
BOOST_DESCRIBE_STRUCT(ReadyPart, (), (part, ready, problem))
struct Readiness {
    bool ready = false;
    std::vector<ReadyPart> parts;
};
BOOST_DESCRIBE_STRUCT(Readiness, (), (ready, parts))

constexpr std::uint64_t disk_free_min = 500'000'000;

ReadyPart disk_part(const std::filesystem::path& data) {
    struct statvfs disk {};
    if (::statvfs(data.c_str(), &disk) != 0) return {"disk", false, fmt::format("The data folder {} cannot be read.", data.string())};
    auto free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    if (free >= disk_free_min) return {"disk", true, std::nullopt};
    return {"disk", false, fmt::format("Only {} MB are free; uploads will soon be refused. Free some space.", free / 1'000'000)};
}

Readiness readiness(House& house, const std::filesystem::path& data) {
    Readiness all;
    static constexpr store::Statement one{"ready.database", "SELECT 1 AS one"};
    auto answered = house.database->read([](store::Transaction& tx) { return tx.row(one); });
    all.parts.push_back({"database", answered.has_value(), answered ? std::nullopt : std::optional(answered.error().message)});
    all.parts.push_back(disk_part(data));
    if (auto eyes = house.eyes(); !eyes->loaded())
        all.parts.push_back({"models", false, "The models are still being loaded; that takes a few seconds after a start."});
    else
        for (const auto& part : eyes->parts())
            all.parts.push_back({"models." + part.task, part.ready, part.problem.empty() ? std::nullopt : std::optional(part.problem)});
    all.ready = std::ranges::all_of(all.parts, &ReadyPart::ready);
    return all;
}

// The problem that every error is, with the parts beside it.
Response not_ready(const Readiness& all, const std::string& request_id) {
    const auto missing = std::ranges::find(all.parts, false, &ReadyPart::ready);
    auto response = http::problem({Kind::unavailable, "app.not_ready", missing->problem.value_or("Not everything is ready.")}, request_id);
    auto body = json::parse(std::get<std::string>(response.body))->as_object();
    body["ready"] = all.ready;
    body["parts"] = json::write(all.parts);
    response.body = json::print(body);
    return response;
}

bool loopback(std::string_view peer) {
    return peer.starts_with("127.") || peer == "::1" || peer == "::ffff:127.0.0.1";
}

}  // namespace

void add_operations_routes(http::Router& router, House& house, const std::filesystem::path& data) {
    router.add(http::get<Health>("/health", Right::open, "health", "The process answers.", [](Request&) -> Result<Health> {
        return Health{"ok", VITRINE_VERSION};
    }));

    http::Route ready{Method::get, "/ready", Right::open, "ready",
                      "Whether it can do its work: 503 names the part that is missing and the fix."};
    ready.answer_schema = json::schema<Readiness>();
    ready.handler = [&house, data](Request& request) -> Result<Response> {
        auto all = readiness(house, data);
        return all.ready ? Response::json(200, json::write(all)) : not_ready(all, request.request_id);
    };
    router.add(std::move(ready));

    http::Route metrics{Method::get, "/metrics", Right::open, "metrics",
                        "Prometheus metrics: from this machine, or with a key that may read."};
    metrics.answer_type = "text/plain";
    metrics.handler = [&house](Request& request) -> Result<Response> {
        if (!loopback(request.peer)) {
            if (!request.caller)
                return Error{Kind::denied, "auth.required", "Metrics are for this machine; from elsewhere send an API key that may read."};
            TRY(house.accounts->check(*request.caller, Right::read));
        }
        TRY(house.queue->measure());
        return Response::text(200, "text/plain; version=0.0.4", house.metrics.text());
    };
    router.add(std::move(metrics));
}

void add_all_routes(http::Router& router, House& house, const std::filesystem::path& data, const Door& door) {
    house.accounts->add_routes(router);
    house.listings->add_routes(router);
    add_catalog_routes(router, house);
    add_jobs_routes(router, house);
    add_events_routes(router, house);
    add_infer_routes(router, house);
    add_reload_routes(router, house);
    add_phone_routes(router, door);
    add_operations_routes(router, house, data);
    router.add(http::openapi_route(router, VITRINE_VERSION));
    router.add(http::docs_route());
}

}  // namespace vitrine::app
