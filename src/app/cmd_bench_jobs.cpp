// vitrine bench jobs: no-op jobs through the queue as the program has it: House's database and neighbours, the product's
// own workers. bench/jobs_peer measures other queues by the same words.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <semaphore>
#include <thread>

#include "app/command.hpp"
#include "app/house.hpp"

namespace vitrine::app {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr auto served_kind = "bench.noop", held_kind = "bench.held";

struct JobsOptions {
    std::vector<int> producers{1, 16};
    int workers = 16;
    double seconds = 10;
    double rate = 100;
    int backlog = 0;
    bool json = false;
    std::string database;
};

// A house of its own for one measurement, and workers whose jobs do nothing but say that they have begun.
struct Bench {
    std::filesystem::path folder = std::filesystem::temp_directory_path() / fmt::format("vitrine-bench-{}", to_string(make_uuid_v7()));
    std::unique_ptr<House> house;
    std::unique_ptr<queue::Workers> workers;
    std::function<void(std::int64_t number)> started = [](auto) {};
    std::atomic<std::int64_t> ran = 0;  // handlers, repeats included

    static Result<std::unique_ptr<Bench>> open(Settings settings) {
        auto bench = std::make_unique<Bench>();
        settings.data = bench->folder;
        bench->house = TRY(House::open_without_models(settings));
        bench->workers = std::make_unique<queue::Workers>(*bench->house->queue, bench->house->metrics);
        bench->workers->add(served_kind, [self = bench.get()](const queue::Lease& lease) -> Result<json::Value> {
            self->started(lease.payload.as_object().at("number").as_int64());
            ++self->ran;
            return json::Object{};
        });
        // What waits for a model: ready, and not to be taken.
        bench->workers->add(
            held_kind, [](const queue::Lease&) -> Result<json::Value> { return json::Object{}; }, [] { return true; });
        return bench;
    }
    ~Bench() {
        workers.reset();
        house.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    queue::NewJob job(std::int64_t number) const {
        queue::NewJob job;
        job.workspace = house->workspace;
        job.kind = served_kind;
        job.payload = json::Object{{"number", number}};
        return job;
    }
    // In a transaction of its own; on the disk when this returns.
    Result<void> enqueue(std::int64_t number) const {
        TRY(house->database->write([&](store::Transaction& tx) { return house->queue->enqueue(tx, job(number)); }));
        return {};
    }
    // Returns once this many jobs have run and every row says done, durably. While they run nobody asks the database.
    Result<void> wait_until_done(std::int64_t jobs) const {
        static constexpr store::Statement open{"bench.open_jobs", R"(
            SELECT CASE WHEN EXISTS (SELECT 1 FROM jobs WHERE state = 'ready' AND due = 1 AND kind = :kind)
                          OR EXISTS (SELECT 1 FROM jobs WHERE state = 'running' AND kind = :kind) THEN 1 ELSE 0 END AS open)"};
        auto any = [&] { return house->database->read([&](store::Transaction& tx) { return tx.row_or(open, {served_kind}, "", ""); }); };
        while (ran < jobs || TRY(any()).truth("open")) std::this_thread::sleep_for(std::chrono::milliseconds{1});
        return {};
    }
};

// Runs `work(i)` on `count` threads. The first error, if there was one.
Result<void> on_threads(int count, const std::function<Result<void>(int)>& work) {
    Guarded<std::optional<Error>> failed;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < count; ++i)
            threads.emplace_back([&, i] {
                if (auto done = work(i); !done) failed.with([&](auto& error) { error = done.error(); });
            });
    }
    auto error = failed.with([](auto& kept) { return kept; });
    if (error) return *error;
    return {};
}

// Each producer enqueues the next job once its last is acknowledged, while workers work. The clock stops when all are
// done.
Result<json::Object> throughput(const Settings& settings, const JobsOptions& options, int producers) {
    auto bench = TRY(Bench::open(settings));
    bench->workers->start(options.workers);
    std::atomic<std::int64_t> enqueued = 0;
    auto began = SteadyClock::now();
    auto passed = [&] { return Seconds(SteadyClock::now() - began).count(); };
    TRY(on_threads(producers, [&](int) -> Result<void> {
        while (passed() < options.seconds) TRY(bench->enqueue(enqueued++));
        return {};
    }));
    auto enqueueing = passed();
    TRY(bench->wait_until_done(enqueued));
    auto count = static_cast<double>(enqueued.load());
    return json::Object{{"jobs", count}, {"enqueued_per_s", count / enqueueing}, {"done_per_s", count / passed()}};
}

// Jobs are due at a steady rate whether or not the last is through; from then to the first line of the handler. The
// commit is in it.
Result<json::Object> latency(Bench& bench, const JobsOptions& options) {
    const auto count = static_cast<std::size_t>(options.rate * options.seconds);
    std::vector<SteadyClock::time_point> starts(count);
    bench.started = [&](std::int64_t number) { starts[static_cast<std::size_t>(number)] = SteadyClock::now(); };
    const auto already_ran = bench.ran.load();
    auto began = SteadyClock::now();
    auto due = [&](std::size_t number) {
        return began + std::chrono::duration_cast<SteadyClock::duration>(Seconds(static_cast<double>(number) / options.rate));
    };
    std::atomic<std::size_t> next = 0;
    constexpr int senders = 8;  // more than are ever on their way at once, unless the queue stands still
    TRY(on_threads(senders, [&](int) -> Result<void> {
        for (auto number = next++; number < count; number = next++) {
            std::this_thread::sleep_until(due(number));
            TRY(bench.enqueue(static_cast<std::int64_t>(number)));
        }
        return {};
    }));
    TRY(bench.wait_until_done(already_ran + static_cast<std::int64_t>(count)));
    bench.started = [](auto) {};
    std::vector<double> took;
    for (std::size_t i = 0; i < count; ++i) took.push_back(Seconds(starts[i] - due(i)).count() * 1000);
    std::ranges::sort(took);
    return json::Object{
        {"rate", options.rate}, {"jobs", count}, {"p50", took[count / 2]}, {"p99", took[count * 99 / 100]}, {"max", took.back()}};
}

// Half of them ready and held, half of the served kind and due tomorrow.
Result<void> add_backlog(Bench& bench, int jobs) {
    constexpr int at_once = 2000;
    for (int made = 0; made < jobs;) {
        TRY(bench.house->database->write([&](store::Transaction& tx) -> Result<void> {
            for (int end = std::min(jobs, made + at_once); made < end; ++made) {
                auto job = bench.job(0);
                if (made % 2 == 0)
                    job.kind = held_kind;
                else
                    job.not_before = bench.house->clock.now() + std::chrono::hours{24};
                TRY(bench.house->queue->enqueue(tx, job));
            }
            return {};
        }));
    }
    return {};
}

Result<json::Object> measure(const Settings& settings, const JobsOptions& options) {
    json::Object answer{{"queue", "vitrine"}, {"workers", options.workers}};
    for (int producers : options.producers) answer[fmt::format("producers_{}", producers)] = TRY(throughput(settings, options, producers));
    auto bench = TRY(Bench::open(settings));
    bench->workers->start(options.workers);
    answer["latency"] = TRY(latency(*bench, options));
    if (options.backlog > 0) {
        TRY(add_backlog(*bench, options.backlog));
        // A backlog that stands there, not one that is being written: its pages go to the disk first, and are forgotten.
        ::sync();
        auto settling = options;
        settling.seconds = std::min(2.0, options.seconds);
        TRY(latency(*bench, settling));
        auto behind = TRY(latency(*bench, options));
        behind["backlog"] = options.backlog;
        answer["latency_backlog"] = behind;
    }
    return answer;
}

}  // namespace

void add_bench_jobs(CLI::App& bench, Context& context) {
    auto options = std::make_shared<JobsOptions>();
    auto* jobs = bench.add_subcommand("jobs", "No-op jobs: how many a second, each durable, and how soon one starts.");
    jobs->add_option("--producers", options->producers, "How many enqueue at a time, one run each.")->delimiter(',')->capture_default_str();
    jobs->add_option("--workers", options->workers, "Jobs worked on at a time.")->capture_default_str()->check(CLI::Range(1, 256));
    jobs->add_option("--seconds", options->seconds, "How long producers enqueue, and latency is measured.")->capture_default_str();
    jobs->add_option("--rate", options->rate, "Jobs a second while latency is measured.")->capture_default_str();
    jobs->add_option("--database", options->database, "Measure on this PostgreSQL database, made for it: the jobs stay in it.");
    jobs->add_option("--backlog", options->backlog, "Latency once more, with so many jobs waiting: half held, half due tomorrow.");
    jobs->add_flag("--json", options->json, "One JSON object.");
    jobs->callback([&context, options] {
        auto settings = context.settings;
        settings.database = options->database;  // never the one that is used
        auto answer = measure(settings, *options);
        if (!answer) {
            context.exit = complain(answer.error());
            return;
        }
        std::cout << (options->json ? json::print(*answer) + "\n" : json::print_pretty(*answer));
    });
}

}  // namespace vitrine::app
