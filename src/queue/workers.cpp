#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "core/guarded.hpp"
#include "core/log.hpp"
#include "queue/queue_inside.hpp"

namespace vitrine::queue {
namespace {

// Workers are woken when there is work. Yet a kind that was held is looked at again after this time, and so is what
// nobody was woken for: by a process without neighbours, or one that died between its commit and its letter.
constexpr std::chrono::milliseconds idle_max{1'000};

Result<json::Value> run_handler(const Workers::Handler& handler, const Lease& lease) {
    try {
        return handler(lease);
    } catch (const std::exception& escaped) {
        log::error("job.exception", {{"kind", lease.kind}, {"what", std::string(escaped.what())}});
    } catch (...) {
        log::error("job.exception", {{"kind", lease.kind}});
    }
    return Error{Kind::internal, "queue.exception", "The job stopped unexpectedly; the log has its exception."};
}

}  // namespace

struct Workers::Inside {
    struct Work {
        Handler handler;
        std::function<bool()> holds;
        prometheus::Histogram* seconds;
    };

    Inside(Queue& queue, Metrics& metrics, std::chrono::milliseconds lease_time) : queue(queue), metrics(metrics), lease_time(lease_time) {}

    Queue& queue;
    Metrics& metrics;
    const std::chrono::milliseconds lease_time;
    std::map<std::string, Work> works;        // unchanged after start
    Guarded<std::map<JobId, Lease>> running;  // what the heartbeat extends
    std::atomic<int> serving = 0;             // threads that are not through
    std::vector<std::jthread> threads;
    std::jthread heartbeat;

    std::vector<std::string> kinds_now() const {
        std::vector<std::string> kinds;
        for (const auto& [kind, work] : works)
            if (!work.holds || !work.holds()) kinds.push_back(kind);
        return kinds;
    }

    // Runs the handler and records how it ended; the next lease when there is one and nobody asked to stop.
    std::optional<Lease> handle(const Lease& lease, std::stop_token);
    void serve(std::stop_token);
    void beat(std::stop_token);
    void start_heartbeat() {
        if (!heartbeat.joinable()) heartbeat = std::jthread([this](std::stop_token stop) { beat(stop); });
    }
};

std::optional<Lease> Workers::Inside::handle(const Lease& lease, std::stop_token stop) {
    log::Context context(lease.request_id.empty() ? to_string(lease.job) : lease.request_id);
    const auto& work = works.at(lease.kind);
    running.with([&](auto& leases) { leases[lease.job] = lease; });
    auto started = std::chrono::steady_clock::now();
    auto outcome = run_handler(work.handler, lease);
    work.seconds->Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
    running.with([&](auto& leases) { leases.erase(lease.job); });

    if (!outcome) log::failed("job.failed", outcome.error());
    std::optional<Lease> next;
    auto record = [&]() -> Result<void> {
        if (!outcome) return queue.fail(lease, outcome.error());
        if (stop.stop_requested()) return queue.finish(lease, *outcome);
        next = TRY(queue.finish_and_lease(lease, *outcome, kinds_now(), lease_time));
        return {};
    };
    if (auto recorded = record(); !recorded) log::failed("job.not_recorded", recorded.error());  // its lease runs out, and it runs again
    return next;
}

void Workers::Inside::serve(std::stop_token stop) {
    while (!stop.stop_requested()) {
        auto lease = queue.lease(kinds_now(), lease_time);
        if (!lease) {
            log::failed("job.lease_failed", lease.error());
            std::this_thread::sleep_for(std::chrono::milliseconds{200});
        } else if (auto next = *std::move(lease)) {
            while (next) next = handle(*next, stop);
            continue;  // what ended the row may be a failure: look once more before sleeping
        }
        queue.wait(stop, idle_max);
    }
    --serving;
}

void Workers::Inside::beat(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any changed;
    while (true) {
        std::unique_lock lock(mutex);
        changed.wait_for(lock, stop, std::min<std::chrono::milliseconds>(lease_time / 3, extended_every_max), [] { return false; });
        if (stop.stop_requested()) return;
        for (const auto& [id, lease] : running.with([](const auto& leases) { return leases; }))
            if (auto extended = queue.extend(lease, lease_time); !extended) log::failed("job.not_extended", extended.error());
    }
}

Workers::Workers(Queue& queue, Metrics& metrics, std::chrono::milliseconds lease_time)
    : inside_(std::make_unique<Inside>(queue, metrics, lease_time)) {}
Workers::~Workers() {
    stop();
}

void Workers::add(std::string kind, Handler handler, std::function<bool()> holds) {
    auto& seconds = inside_->metrics.seconds("vitrine_job_seconds", "Time a handler took, by kind.", {{"kind", kind}});
    inside_->works[std::move(kind)] = {std::move(handler), std::move(holds), &seconds};
}

void Workers::start(int threads) {
    inside_->start_heartbeat();
    inside_->serving += threads;
    for (int i = 0; i < threads; ++i)
        inside_->threads.emplace_back([inside = inside_.get()](std::stop_token stop) { inside->serve(stop); });
}

void Workers::stop() {
    request_stop();
    inside_->threads.clear();  // joins: leases are extended until the last handler has returned
    inside_->heartbeat = {};
}

void Workers::request_stop() {
    for (auto& thread : inside_->threads) thread.request_stop();
}

bool Workers::has_stopped() const {
    return inside_->serving == 0;
}

void Workers::give_back_all() {
    for (const auto& [id, lease] : inside_->running.with([](const auto& leases) { return leases; })) {
        auto given = inside_->queue.give_back(lease);
        if (given)
            log::warn("job.given_back", {{"job", to_string(id)}, {"kind", lease.kind}});
        else
            log::failed("job.not_given_back", given.error());
    }
}

Result<int> Workers::drain() {
    inside_->start_heartbeat();
    int handled = 0;
    while (auto lease = TRY(inside_->queue.lease(inside_->kinds_now(), inside_->lease_time)))
        for (; lease; ++handled) lease = inside_->handle(*lease, {});
    return handled;
}

}  // namespace vitrine::queue
