// Jobs as people see them: read, list, run dead ones again.

#include <charconv>

#include "app/routes.hpp"

namespace vitrine::app {
namespace {

using http::Method;
using http::Request;
using http::Response;
using http::Right;
using queue::Job;
using queue::JobId;

struct JobPage {
    std::vector<Job> jobs;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(JobPage, (), (jobs, next))

struct Retried {
    std::int64_t jobs = 0;
};
BOOST_DESCRIBE_STRUCT(Retried, (), (jobs))

json::Value states() {
    json::Array names;
    for (const auto& name : json::enum_names<queue::JobState>()) names.emplace_back(name);
    return json::Object{{"type", "string"}, {"enum", names}};
}

}  // namespace

void add_jobs_routes(http::Router& router, House& house) {
    auto list =
        http::get<JobPage>("/api/v1/jobs", Right::read, "jobs.list", "Jobs, newest first.", [&house](Request& request) -> Result<JobPage> {
            queue::Filter filter;
            if (auto state = request.query_if("state")) filter.state = json::enum_of<queue::JobState>(*state);
            filter.kind = request.query_if("kind");
            if (auto limit = request.query_if("limit")) std::from_chars(limit->data(), limit->data() + limit->size(), filter.limit);
            if (auto cursor = request.query_if("cursor")) filter.before = TRY(JobId::parse(*cursor));
            auto jobs =
                TRY(house.database->read([&](store::Transaction& tx) { return house.queue->list(tx, request.who().workspace, filter); }));
            JobPage page{std::move(jobs), std::nullopt};
            if (static_cast<int>(page.jobs.size()) == filter.limit) page.next = to_string(page.jobs.back().id);
            return page;
        });
    list.query = {{"state", "Only jobs in this state; dead ones are the dead letters.", states()},
                  {"kind", "Only jobs of this kind.", json::Object{{"type", "string"}, {"maxLength", 80}}},
                  {"limit", "1 to 200.", json::Object{{"type", "integer"}, {"minimum", 1}, {"maximum", 200}}},
                  {"cursor", "`next` of the page before.", json::Object{{"type", "string"}, {"format", "uuid"}}}};
    router.add(std::move(list));

    router.add(http::get<Job>("/api/v1/jobs/{id}", Right::read, "jobs.find", "One job, with the reason when it failed.",
                              [&house](Request& request) -> Result<Job> {
                                  auto id = TRY(request.id<JobId>("id"));
                                  return house.database->read(
                                      [&](store::Transaction& tx) { return house.queue->find(tx, request.who().workspace, id); });
                              }));

    http::Route retry{Method::post, "/api/v1/jobs/{id}/retry", Right::write, "jobs.retry", "Runs a dead job again."};
    retry.answer_schema = json::schema<Job>();
    retry.status = 202;
    retry.idempotent = true;
    retry.handler = [&house](Request& request) -> Result<Response> {
        auto id = TRY(request.id<JobId>("id"));
        auto job = TRY(house.database->write([&](store::Transaction& tx) -> Result<Job> {
            TRY(house.queue->retry(tx, request.who().workspace, id));
            TRY(house.audit->write(tx, request.who(), "job.retry", to_string(id)));
            return house.queue->find(tx, request.who().workspace, id);
        }));
        return Response::json(202, json::write(job));
    };
    router.add(std::move(retry));

    http::Route retry_all{Method::post, "/api/v1/jobs/retry", Right::write, "jobs.retry_all",
                          "Runs every dead job again, or those of one kind."};
    retry_all.query = {{"kind", "Only jobs of this kind.", json::Object{{"type", "string"}, {"maxLength", 80}}}};
    retry_all.answer_schema = json::schema<Retried>();
    retry_all.status = 202;
    retry_all.idempotent = true;
    retry_all.handler = [&house](Request& request) -> Result<Response> {
        auto jobs = TRY(house.database->write([&](store::Transaction& tx) -> Result<std::int64_t> {
            auto count = TRY(house.queue->retry_all(tx, request.who().workspace, request.query_if("kind")));
            TRY(house.audit->write(tx, request.who(), "job.retry_all", request.query_if("kind").value_or("")));
            return count;
        }));
        return Response::json(202, json::write(Retried{jobs}));
    };
    router.add(std::move(retry_all));
}

}  // namespace vitrine::app
