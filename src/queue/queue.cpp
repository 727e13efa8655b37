#include "queue/queue.hpp"

#include "queue/queue_inside.hpp"
#include "queue/steps.hpp"
#include "queue_embedded.hpp"

namespace vitrine::queue {
namespace {

using store::Bind;
using store::Row;
using store::Statement;
using store::Transaction;

Result<Job> job_of(const Row& row) {
    Job job;
    job.id = row.id<JobId>("id");
    job.kind = row.text("kind");
    job.state = json::enum_of<JobState>(row.text("state")).value_or(JobState::dead);
    job.priority = static_cast<int>(row.whole("priority"));
    job.attempts = static_cast<int>(row.whole("attempts"));
    job.attempts_max = static_cast<int>(row.whole("attempts_max"));
    job.payload = TRY(row.json("payload"));
    if (!row.is_null("result")) job.result = TRY(row.json("result"));
    job.error_code = row.text_if("error_code");
    job.error_message = row.text_if("error_message");
    job.created_at = row.time("created_at");
    job.updated_at = row.time("updated_at");
    job.not_before = row.time("not_before");
    return job;
}

constexpr std::string_view after_every_id = "g";  // they are hexadecimal

// Letters to the neighbours: one job of a kind, or several of any.
constexpr std::string_view job_letter = "job ", jobs_letter = "jobs";

const Error not_found{Kind::not_found, "queue.not_found", "There is no such job; it may have been tidied away."};

}  // namespace

Queue::Queue(store::Database& database, const Clock& clock, Metrics& metrics, Neighbours* neighbours)
    : inside_(std::make_unique<Inside>(database, clock, metrics, neighbours)) {}
Queue::~Queue() = default;

store::Migrations Queue::migrations() {
    return {"queue", embedded_files()};
}

// --- enqueue -------------------------------------------------------------------------------------------------------

Result<bool> Queue::has_waiting(Transaction& tx, const WorkspaceId& workspace, std::int64_t at_least) {
    static constexpr Statement select{"queue.has_waiting", R"(
        SELECT count(*) AS waiting FROM (SELECT 1 FROM jobs WHERE workspace_id = :workspace AND state IN ('ready', 'running') LIMIT :at_least) AS open)"};
    return TRY(tx.row_or(select, {workspace, at_least}, "", "")).whole("waiting") >= at_least;
}

Result<JobId> Queue::enqueue(Transaction& tx, const NewJob& job) {
    static constexpr Statement insert{"queue.enqueue", R"(
        INSERT INTO jobs (id, workspace_id, kind, state, due, priority, not_before, attempts, attempts_max, fence,
                          token, payload, request_id, created_at, updated_at)
        VALUES (:id, :workspace_id, :kind, 'ready', :due, :priority, :not_before, 0, :attempts_max, 0,
                :token, :payload, :request_id, :now, :now)
        ON CONFLICT (workspace_id, kind, token) WHERE token IS NOT NULL DO NOTHING)"};
    static constexpr Statement find{"queue.find_token",
                                    "SELECT id FROM jobs WHERE workspace_id = :workspace_id AND kind = :kind AND token = :token"};

    auto now = inside_->clock.now();
    auto not_before = job.not_before.value_or(now);
    auto id = JobId::make();
    auto token = job.token.empty() ? std::optional<std::string>() : std::optional(job.token);
    std::vector<Bind> values{
        id,          job.workspace,  job.kind, not_before <= now, job.priority, not_before, std::max(1, job.attempts_max), token,
        job.payload, job.request_id, now};
    if (!token)
        TRY(tx.send(insert, std::move(values)));
    else if (TRY(tx.execute(insert, std::move(values))) == 0)
        return TRY(tx.row_or(find, {job.workspace, job.kind, token}, not_found.code, not_found.message)).id<JobId>("id");
    // A job for later wakes a worker too: it goes back to sleep until that time.
    tx.after_commit([inside = inside_.get(), kind = job.kind] { inside->signal(kind); });
    return id;
}

// --- what people see -----------------------------------------------------------------------------------------------

Result<Job> Queue::find(Transaction& tx, WorkspaceId workspace, JobId id) {
    static constexpr Statement select{"queue.find", "SELECT * FROM jobs WHERE id = :id AND workspace_id = :workspace_id"};
    return job_of(TRY(tx.row_or(select, {id, workspace}, not_found.code, not_found.message)));
}

Result<std::vector<Job>> Queue::list(Transaction& tx, WorkspaceId workspace, const Filter& filter) {
    static constexpr Statement any{"queue.list", R"(
        SELECT * FROM jobs WHERE workspace_id = :workspace_id AND id < :before
        AND (kind = :kind OR :kind IS NULL) AND (state = :state OR :state IS NULL) ORDER BY id DESC LIMIT :limit)"};
    // The states written out, so that the indexes of open and of dead jobs serve.
    static constexpr Statement open{"queue.list_open", R"(
        SELECT * FROM jobs WHERE workspace_id = :workspace_id AND id < :before
        AND (kind = :kind OR :kind IS NULL) AND state IN ('ready', 'running') AND state = :state ORDER BY id DESC LIMIT :limit)"};
    static constexpr Statement dead{"queue.list_dead", R"(
        SELECT * FROM jobs WHERE workspace_id = :workspace_id AND id < :before
        AND (kind = :kind OR :kind IS NULL) AND state = 'dead' ORDER BY id DESC LIMIT :limit)"};

    std::string before = filter.before ? to_string(*filter.before) : std::string(after_every_id);
    std::vector<Bind> values{workspace, before, filter.kind};
    bool is_dead = filter.state == JobState::dead;
    if (!is_dead) values.push_back(filter.state ? Bind(json::enum_name(*filter.state)) : Bind(nullptr));
    values.push_back(filter.limit);
    bool is_open = filter.state == JobState::ready || filter.state == JobState::running;
    std::vector<Job> jobs;
    for (const auto& row : TRY(tx.rows(is_dead ? dead : is_open ? open : any, std::move(values)))) jobs.push_back(TRY(job_of(row)));
    return jobs;
}

// --- dead letters --------------------------------------------------------------------------------------------------

Result<void> Queue::retry(Transaction& tx, WorkspaceId workspace, JobId id) {
    static constexpr Statement update{"queue.retry", R"(
        UPDATE jobs SET state = 'ready', due = 1, attempts = 0, not_before = :now, updated_at = :now
        WHERE id = :id AND workspace_id = :workspace_id AND state = 'dead')"};
    auto job = TRY(find(tx, workspace, id));
    if (TRY(tx.execute(update, {inside_->clock.now(), id, workspace})) == 0)
        return Error{Kind::conflict, "queue.not_dead",
                     fmt::format("Only a job that has failed for good can be retried; this one is {}.", json::enum_name(job.state))};
    tx.after_commit([inside = inside_.get(), kind = job.kind] { inside->wakeups.signal(kind); });
    return {};
}

Result<std::int64_t> Queue::retry_all(Transaction& tx, WorkspaceId workspace, std::optional<std::string> kind) {
    static constexpr Statement update{"queue.retry_all", R"(
        UPDATE jobs SET state = 'ready', due = 1, attempts = 0, not_before = :now, updated_at = :now
        WHERE workspace_id = :workspace_id AND state = 'dead' AND (kind = :kind OR :kind IS NULL))"};
    auto count = TRY(tx.execute(update, {inside_->clock.now(), workspace, kind}));
    if (count > 0) tx.after_commit([inside = inside_.get()] { inside->signal_all(); });
    return count;
}

Result<std::int64_t> Queue::prune(std::chrono::hours keep) {
    // Ids are in order of creation, so the old ones are at the front and need no index of their own.
    static constexpr Statement cut{"queue.prune_cut", "SELECT id FROM jobs WHERE created_at >= :before ORDER BY id LIMIT 1"};
    static constexpr Statement remove{"queue.prune", R"(
        DELETE FROM jobs WHERE id IN
            (SELECT id FROM jobs WHERE id < :cut AND state = 'done' AND updated_at < :before ORDER BY id LIMIT 1000))"};
    auto before = inside_->clock.now() - keep;
    auto first_kept = TRY(inside_->database.read([&](Transaction& tx) { return tx.row(cut, {before}); }));
    auto end = first_kept ? first_kept->text("id") : std::string(after_every_id);
    std::int64_t total = 0;
    for (std::int64_t removed = 1; removed > 0; total += removed)  // a thousand at a time: others want to write too
        removed = TRY(inside_->database.write([&](Transaction& tx) { return tx.execute(remove, {end, before}); }));
    return total;
}

// --- between processes ---------------------------------------------------------------------------------------------

Queue::Inside::Inside(store::Database& database, const Clock& clock, Metrics& metrics, Neighbours* neighbours)
    : database(database),
      clock(clock),
      metrics(metrics),
      neighbours(neighbours),
      start_seconds(metrics.seconds("vitrine_job_wait_seconds", "From the moment a job may run to its lease.")) {
    if (database.is_server()) steps = std::make_unique<Steps>(*this);
    if (neighbours == nullptr) return;
    hearing = neighbours->hear({.letter = [this](std::string_view letter) { hear(letter); },
                                .missed = [this] { wakeups.signal_all(); },
                                .ended = [this](std::string_view process) { take_back_of(process); }});
}

Queue::Inside::~Inside() = default;

void Queue::Inside::signal(const std::string& kind) {
    if (!wakeups.signal(kind) && neighbours != nullptr) neighbours->tell(std::string(job_letter) + kind);
}

void Queue::Inside::signal_all() {
    wakeups.signal_all();
    if (neighbours != nullptr) neighbours->tell(jobs_letter);
}

void Queue::Inside::hear(std::string_view letter) {
    if (letter.starts_with(job_letter)) wakeups.signal(letter.substr(job_letter.size()));
    if (letter == jobs_letter) wakeups.signal_all();
}

// --- metrics -------------------------------------------------------------------------------------------------------

void Queue::when_buried(std::string kind, WhenBuried told) {
    inside_->burials_told.with([&](auto& all) { all[std::move(kind)] = std::move(told); });
}

Result<void> Queue::measure() {
    // Each with its own literals, so that the partial index of that state is all that is read.
    static constexpr Statement due{
        "queue.count_due", "SELECT kind, count(*) AS n, min(id) AS oldest FROM jobs WHERE state = 'ready' AND due = 1 GROUP BY kind"};
    static constexpr Statement later{"queue.count_later",
                                     "SELECT kind, count(*) AS n FROM jobs WHERE state = 'ready' AND due = 0 GROUP BY kind"};
    static constexpr Statement running{"queue.count_running", "SELECT kind, count(*) AS n FROM jobs WHERE state = 'running' GROUP BY kind"};
    static constexpr Statement dead{"queue.count_dead", "SELECT kind, count(*) AS n FROM jobs WHERE state = 'dead' GROUP BY kind"};
    static constexpr Statement created{"queue.created", "SELECT not_before FROM jobs WHERE id = :id"};
    static constexpr auto depth_name = "vitrine_queue_jobs", depth_words = "Jobs that are not done, by kind and state.";
    static constexpr auto age_name = "vitrine_queue_oldest_seconds", age_words = "How long the oldest job that may run has waited.";

    struct Depth {
        std::string kind, state;
        std::int64_t count;
        std::optional<Time> oldest;
    };
    auto depths = TRY(inside_->database.read([&](Transaction& tx) -> Result<std::vector<Depth>> {
        std::vector<Depth> found;
        for (const auto& row : TRY(tx.rows(due))) {
            auto oldest = TRY(tx.row(created, {row.text("oldest")}));
            found.push_back({row.text("kind"), "ready", row.whole("n"), oldest->time("not_before")});
        }
        for (const auto& row : TRY(tx.rows(later))) found.push_back({row.text("kind"), "later", row.whole("n"), {}});
        for (const auto& row : TRY(tx.rows(running))) found.push_back({row.text("kind"), "running", row.whole("n"), {}});
        for (const auto& row : TRY(tx.rows(dead))) found.push_back({row.text("kind"), "dead", row.whole("n"), {}});
        return found;
    }));
    inside_->gauges.with([](auto& gauges) {
        for (auto& [key, gauge] : gauges) gauge->Set(0);  // a kind without jobs has none
    });
    for (const auto& depth : depths) {
        inside_->gauge(depth_name, depth_words, depth.kind, depth.state).Set(static_cast<double>(depth.count));
        if (depth.oldest)
            inside_->gauge(age_name, age_words, depth.kind, {})
                .Set(std::chrono::duration<double>(inside_->clock.now() - *depth.oldest).count());
    }
    return {};
}

void Queue::Inside::count(const std::string& kind, std::string_view outcome) {
    auto* counter = counters.with([&](auto& known) {
        auto& slot = known[{kind, std::string(outcome)}];
        if (slot == nullptr)
            slot = &metrics.counter("vitrine_jobs_total", "Attempts at jobs, by kind and how they ended.",
                                    {{"kind", kind}, {"outcome", std::string(outcome)}});
        return slot;
    });
    counter->Increment();
}

prometheus::Gauge& Queue::Inside::gauge(const std::string& name, const std::string& help, const std::string& kind,
                                        const std::string& state) {
    return *gauges.with([&](auto& known) {
        auto& slot = known[{name, kind, state}];
        Metrics::Labels labels{{"kind", kind}};
        if (!state.empty()) labels["state"] = state;
        if (slot == nullptr) slot = &metrics.gauge(name, help, labels);
        return slot;
    });
}

}  // namespace vitrine::queue
