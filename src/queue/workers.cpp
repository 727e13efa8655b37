#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "core/guarded.hpp"
#include "core/log.hpp"
#include "queue/queue.hpp"

namespace vitrine::queue {
namespace {

// Long enough that a busy disk is no death; a process that is really gone is seen without it.
constexpr std::chrono::milliseconds lease_time{30'000};
constexpr std::chrono::milliseconds heartbeat_pause = lease_time / 3;
constexpr std::chrono::milliseconds idle_max{1'000};  // how soon a kind that was held is looked at again

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

    Inside(Queue& queue, Metrics& metrics) : queue(queue), metrics(metrics) {}

    Queue& queue;
    Metrics& metrics;
    std::map<std::string, Work> works;        // unchanged after start
    Guarded<std::map<JobId, Lease>> running;  // what the heartbeat extends
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
}

void Workers::Inside::beat(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any changed;
    while (true) {
        std::unique_lock lock(mutex);
        changed.wait_for(lock, stop, heartbeat_pause, [] { return false; });
        if (stop.stop_requested()) return;
        for (const auto& [id, lease] : running.with([](const auto& leases) { return leases; }))
            if (auto extended = queue.extend(lease, lease_time); !extended) log::failed("job.not_extended", extended.error());
    }
}

Workers::Workers(Queue& queue, Metrics& metrics) : inside_(std::make_unique<Inside>(queue, metrics)) {}
Workers::~Workers() {
    stop();
}

void Workers::add(std::string kind, Handler handler, std::function<bool()> holds) {
    auto& seconds = inside_->metrics.seconds("vitrine_job_seconds", "Time a handler took, by kind.", {{"kind", kind}});
    inside_->works[std::move(kind)] = {std::move(handler), std::move(holds), &seconds};
}

void Workers::start(int threads) {
    inside_->start_heartbeat();
    for (int i = 0; i < threads; ++i)
        inside_->threads.emplace_back([inside = inside_.get()](std::stop_token stop) { inside->serve(stop); });
}

void Workers::stop() {
    for (auto& thread : inside_->threads) thread.request_stop();
    inside_->threads.clear();  // joins: leases are extended until the last handler has returned
    inside_->heartbeat = {};
}

Result<int> Workers::drain() {
    inside_->start_heartbeat();
    int handled = 0;
    while (auto lease = TRY(inside_->queue.lease(inside_->kinds_now(), lease_time)))
        for (; lease; ++handled) lease = inside_->handle(*lease, {});
    return handled;
}

}  // namespace vitrine::queue
