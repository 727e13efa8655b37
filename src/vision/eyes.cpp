#include "vision/eyes.hpp"

#include <malloc.h>

#include <latch>
#include <thread>

#include "core/log.hpp"
#include "store/database.hpp"
#include "vision/colours.hpp"
#include "vision/findings_store.hpp"
#include "vision/kinds.hpp"
#include "vision/moderation.hpp"
#include "vision/objects.hpp"
#include "vision/opening.hpp"
#include "vision/quality.hpp"
#include "vision/regions.hpp"
#include "vision/seen.hpp"
#include "vision/task.hpp"
#include "vision/tesseract.hpp"
#include "vision/text.hpp"
#include "vision_embedded.hpp"

namespace vitrine::vision {
namespace {

using Clock = std::chrono::steady_clock;
double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// --- the tasks -----------------------------------------------------------------------------------------------------

// Reading text takes about as long as everything else together where there is text, so a thread begins with it. The thread
// that has finished its own lane helps with the other.
enum class Lane { looking, reading };

struct TaskRow {
    std::string_view name;
    Lane lane;
    bool needs_kinds;  // of the same photo
    Result<std::unique_ptr<Task>> (*open)(Opening&);
    Result<void> (*take)(Findings&, const json::Value&);  // into its place in the findings
};

template <auto Member>
Result<void> take(Findings& findings, const json::Value& value) {
    using Found = typename std::remove_cvref_t<decltype(findings.*Member)>::value_type;
    findings.*Member = TRY(json::read<Found>(value));
    return {};
}

Result<std::unique_ptr<Task>> open_moderation(Opening& opening) {
    const auto threads = opening.threads();  // its turn comes when the other lane is through, unless there is text
    ModerationModels models{TRY(opening.load("open_nsfw", {.name = "nudity", .inputs = {{1, 224, 224, 3}}, .threads = threads})),
                            TRY(opening.load("face_short", {.name = "faces.short", .threads = threads})),
                            TRY(opening.load("face_full", {.name = "faces.full", .threads = threads})),
                            TRY(opening.load("pose", {.name = "people", .threads = threads}))};
    std::string version;
    for (const auto* name : {"open_nsfw", "face_short", "face_full", "pose"}) version += TRY(opening.packed(name)).version + " ";
    return make_moderation(std::move(models), std::move(version));
}

// By the pack's models. Without them, unless nobody wants any, by Tesseract where that is installed.
Result<std::unique_ptr<Task>> open_text(Opening& opening) {
    auto by_models = make_text(opening);
    if (by_models || by_models.error().code == "vision.without_models") return by_models;
    const auto& because = by_models.error().message;
    auto tesseract = Tesseract::find();
    if (tesseract) return make_text_by_tesseract(*std::move(tesseract), because);
    auto neither = by_models.error();
    neither.message += " Nor is there a slower reader in its place: " + tesseract.error().message;
    return neither;
}

// In the order in which a lane runs them: what others wait for comes first, and those who wait come last.
constexpr TaskRow rows[] = {
    {"kinds", Lane::looking, false,
     [](Opening& opening) -> Result<std::unique_ptr<Task>> { return make_kinds(TRY(opening.backbone()), TRY(opening.heads())); },
     take<&Findings::kinds>},
    {"moderation", Lane::looking, false, open_moderation, take<&Findings::moderation>},
    {"colours", Lane::looking, false, [](Opening&) -> Result<std::unique_ptr<Task>> { return make_colours(); }, take<&Findings::colours>},
    {"quality", Lane::looking, false, [](Opening&) -> Result<std::unique_ptr<Task>> { return make_quality(); }, take<&Findings::quality>},
    {"objects", Lane::looking, true,
     [](Opening& opening) -> Result<std::unique_ptr<Task>> {
         const auto heads = TRY(opening.heads());
         return make_objects(TRY(opening.load("nanodet", {.name = "objects", .threads = opening.threads()})),
                             TRY(opening.packed("nanodet")).version + " kind-" + heads->kind.card().sha256.substr(0, 8));
     },
     take<&Findings::objects>},
    {"embedding", Lane::looking, false,
     [](Opening& opening) -> Result<std::unique_ptr<Task>> { return make_embedding(TRY(opening.backbone())); }, take<&Findings::embedding>},
    {"regions", Lane::looking, false,
     [](Opening& opening) -> Result<std::unique_ptr<Task>> { return make_regions(TRY(opening.backbone())); }, take<&Findings::regions>},
    {"text", Lane::reading, false, open_text, take<&Findings::text>},
};
constexpr std::size_t row_count = std::size(rows);
constexpr std::size_t kinds_row = 0;
static_assert(rows[kinds_row].name == "kinds");

// --- one look ------------------------------------------------------------------------------------------------------

struct Opened {
    std::unique_ptr<Task> task;  // null when it could not be opened, and then `error` says why
    std::optional<Error> error;
    prometheus::Histogram* seconds = nullptr;
};

bool can_work(std::span<const Opened> tasks) {
    return std::ranges::all_of(tasks, [](const Opened& opened) { return opened.task != nullptr; });
}

// What becomes of one task during one look.
struct Outcome {
    bool wanted = true;
    std::atomic_flag taken;  // by the thread that finds the value
    std::optional<Result<json::Value>> value;
    double ms = 0;  // spent now
};
using Outcomes = std::array<Outcome, row_count>;

void know(Outcome& outcome, json::Value value) {
    outcome.value = std::move(value);
    outcome.taken.test_and_set();
}

Result<json::Value> run(const Opened& opened, std::string_view name, const photo::Decoded& photo, const Seen& seen) {
    if (!opened.task) return *opened.error;
    try {
        return opened.task->run(photo, seen);
    } catch (const std::exception& failure) {
        log::error("vision.failed", {{"task", std::string(name)}, {"reason", std::string(failure.what())}});
        return Error{Kind::internal, "vision.failed", fmt::format("The task {} failed on this photo; the log has the reason.", name)};
    }
}

std::optional<Kinds> kinds_of(const Outcome& outcome) {
    if (!outcome.value || !*outcome.value) return std::nullopt;
    auto kinds = json::read<Kinds>(**outcome.value);
    return kinds ? std::optional(std::move(*kinds)) : std::nullopt;
}

// --- eyes ----------------------------------------------------------------------------------------------------------

class ResidentEyes final : public Eyes {
public:
    ResidentEyes(const EyesOptions&, std::span<const EmbeddedFile> heads, Metrics&);

    Result<Findings> look(const photo::Decoded&) override;
    Result<Findings> look(const photo::Decoded&, const WorkspaceId&, const photo::PhotoId&, store::Database&) override;
    Result<Findings> look_only(const photo::Decoded&, std::span<const std::string_view> tasks) override;
    Result<Embedding> embed(const photo::Decoded&, const std::optional<std::array<double, 4>>& part) override;
    std::vector<std::string> labels(std::string_view kind) const override;
    double threshold(std::string_view kind) const override;
    bool loaded() const override { return loaded_.try_wait(); }
    std::vector<Part> parts() const override;
    std::map<std::string, std::string> versions() const override;
    bool ready() const override;

private:
    void load(const EyesOptions&, std::span<const EmbeddedFile> heads, Metrics&);
    // What loading made: it does not change afterwards.
    struct Loaded {
        std::unique_ptr<Runtime> runtime;
        std::shared_ptr<const Backbone> backbone;  // null when it could not be opened: its tasks say why
        std::shared_ptr<const KindHeads> heads;
        std::array<Opened, row_count> opened;
    };
    // Gives every wanted task without a value one. The stages inside tasks, by name.
    std::map<std::string, double> find(const photo::Decoded&, Outcomes&) const;
    void run_lane(Lane, const photo::Decoded&, Outcomes&, Seen&) const;
    const Head* head_of(std::string_view kind) const;

    const Loaded& all() const {
        loaded_.wait();
        return all_;
    }

    Loaded all_;
    std::latch loaded_{1};
    std::jthread loading_;  // last: it ends before what it fills
};

// A task that found no turn fails the whole look, which is then tried again; any other failure leaves its task out.
Result<Findings> assemble(const Outcomes& outcomes, std::map<std::string, double> stages) {
    Findings findings;
    findings.ms = std::move(stages);
    for (std::size_t i = 0; i < row_count; ++i) {
        const auto& outcome = outcomes[i];
        if (!outcome.wanted) continue;
        findings.ms[std::string(rows[i].name)] = outcome.ms;
        auto taken = *outcome.value ? rows[i].take(findings, **outcome.value) : Result<void>(outcome.value->error());
        if (taken) continue;
        if (taken.error().kind == Kind::limit) return taken.error();
        findings.failed[std::string(rows[i].name)] = taken.error().message;
    }
    return findings;
}

ResidentEyes::ResidentEyes(const EyesOptions& options, std::span<const EmbeddedFile> heads, Metrics& metrics) {
    for (std::size_t i = 0; i < row_count; ++i) {
        all_.opened[i].error = Error{Kind::internal, "vision.failed", "The models could not be loaded; the log has the reason."};
        all_.opened[i].seconds =
            &metrics.seconds("vitrine_task_seconds", "Time of one task on one photo", {{"task", std::string(rows[i].name)}});
    }
    loading_ = std::jthread([this, options, heads = std::vector(heads.begin(), heads.end()), &metrics] {
        try {
            load(options, heads, metrics);
        } catch (const std::exception& failure) {
            log::error("vision.failed", {{"task", "loading"}, {"reason", std::string(failure.what())}});
        }
        loaded_.count_down();
    });
}

void ResidentEyes::load(const EyesOptions& options, std::span<const EmbeddedFile> heads, Metrics& metrics) {
    const auto start = Clock::now();
    Opening opening(options.models, {.cache = options.cache, .threads = options.threads, .precision = options.precision}, heads, metrics);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < row_count; ++i)
            threads.emplace_back([&row = rows[i], &opened = all_.opened[i], &opening] {
                try {
                    auto task = row.open(opening);
                    if (task) {
                        opened.task = std::move(*task);
                        opened.error.reset();
                    } else {
                        opened.error = task.error();
                    }
                } catch (const std::exception& failure) {
                    opened.error =
                        Error{Kind::internal, "vision.failed", fmt::format("The task {} could not start: {}", row.name, failure.what())};
                }
            });
    }
    if (auto found = opening.backbone()) all_.backbone = *found;
    if (auto found = opening.heads()) all_.heads = *found;
    all_.runtime = opening.take_runtime();
    malloc_trim(0);  // what reading the models left behind: some 50 MB
    if (options.models.empty()) return;
    for (const auto& opened : all_.opened)
        if (opened.error)
            log::failed("vision.part_missing", *opened.error);
        else if (auto remark = opened.task->remark(); !remark.empty())
            log::warn("vision.part_in_place_of_another", {{"task", std::string(opened.task->name())}, {"reason", std::move(remark)}});
    log::info("vision.opened", {{"ready", can_work(all_.opened)},
                                {"ms", ms_since(start)},
                                {"precision", all_.runtime ? all_.runtime->precision() : std::string("none")}});
}

Result<Findings> ResidentEyes::look(const photo::Decoded& photo) {
    Outcomes outcomes;
    auto stages = find(photo, outcomes);
    return assemble(outcomes, std::move(stages));
}

Result<Findings> ResidentEyes::look_only(const photo::Decoded& photo, std::span<const std::string_view> tasks) {
    Outcomes outcomes;
    bool wants_kinds = false;
    for (std::size_t i = 0; i < row_count; ++i) {
        outcomes[i].wanted = std::ranges::find(tasks, rows[i].name) != tasks.end();
        wants_kinds = wants_kinds || (outcomes[i].wanted && rows[i].needs_kinds);
    }
    if (wants_kinds) outcomes[kinds_row].wanted = true;
    auto stages = find(photo, outcomes);
    return assemble(outcomes, std::move(stages));
}

Result<Embedding> ResidentEyes::embed(const photo::Decoded& photo, const std::optional<std::array<double, 4>>& part) {
    if (!all().backbone) {
        const auto row = std::ranges::find(rows, std::string_view("embedding"), &TaskRow::name);
        return *all().opened[static_cast<std::size_t>(row - std::begin(rows))].error;
    }
    if (!part) return Embedding{TRY(all().backbone->embedding(photo.working))};
    const auto cut = cut_out(photo.working, *part);
    return Embedding{TRY(all().backbone->embedding(cut))};
}

Result<Findings> ResidentEyes::look(const photo::Decoded& photo, const WorkspaceId& workspace, const photo::PhotoId& id,
                                    store::Database& database) {
    auto stored = TRY(database.read([&](store::Transaction& tx) { return stored_findings(tx, workspace, id); }));
    Outcomes outcomes;
    for (std::size_t i = 0; i < row_count; ++i)
        if (auto row = stored.find(std::string(rows[i].name));
            row != stored.end() && all().opened[i].task && all().opened[i].task->stands(row->second.version))
            know(outcomes[i], std::move(row->second.value));
    std::array<bool, row_count> known{};
    std::ranges::transform(outcomes, known.begin(), [](const Outcome& outcome) { return outcome.value.has_value(); });

    auto stages = find(photo, outcomes);
    auto findings = TRY(assemble(outcomes, std::move(stages)));
    if (std::ranges::find(known, false) == known.end()) return findings;
    TRY(database.write([&](store::Transaction& tx) -> Result<void> {
        const auto now = SystemClock().now();
        for (std::size_t i = 0; i < row_count; ++i)
            if (!known[i] && *outcomes[i].value)
                TRY(keep_finding(tx, workspace, id, rows[i].name, {all().opened[i].task->version(), **outcomes[i].value}, now));
        return {};
    }));
    return findings;
}

std::map<std::string, double> ResidentEyes::find(const photo::Decoded& photo, Outcomes& outcomes) const {
    Seen seen;
    auto& kinds = outcomes[kinds_row];
    if (kinds.wanted && !kinds.value)
        seen.announce_kinds();
    else if (kinds.wanted)
        seen.settle_kinds(kinds_of(kinds));
    {
        std::jthread reading([&, request = log::Context::request_id()] {
            log::Context context(request);
            run_lane(Lane::reading, photo, outcomes, seen);
        });
        run_lane(Lane::looking, photo, outcomes, seen);
    }
    return seen.ms();
}

void ResidentEyes::run_lane(Lane lane, const photo::Decoded& photo, Outcomes& outcomes, Seen& seen) const {
    for (bool own : {true, false})
        for (std::size_t i = 0; i < row_count; ++i) {
            auto& outcome = outcomes[i];
            if ((rows[i].lane == lane) != own || !outcome.wanted || outcome.taken.test_and_set()) continue;
            const auto start = Clock::now();
            outcome.value = run(all().opened[i], rows[i].name, photo, seen);
            outcome.ms = ms_since(start);
            all().opened[i].seconds->Observe(outcome.ms / 1000);
            if (i == kinds_row) seen.settle_kinds(kinds_of(outcome));
        }
}

const Head* ResidentEyes::head_of(std::string_view kind) const {
    if (!all().heads) return nullptr;
    return kind == "clothing" ? &all().heads->clothing : kind == "grocery" ? &all().heads->grocery : nullptr;
}

std::vector<std::string> ResidentEyes::labels(std::string_view kind) const {
    const auto* head = head_of(kind);
    return head ? head->card().labels : std::vector<std::string>{};
}

double ResidentEyes::threshold(std::string_view kind) const {
    const auto* head = head_of(kind);
    return head ? head->card().threshold : 0;
}

std::vector<Part> ResidentEyes::parts() const {
    std::vector<Part> parts;
    for (std::size_t i = 0; i < row_count; ++i) {
        const auto& [task, error, seconds] = all().opened[i];
        parts.push_back({std::string(rows[i].name), task != nullptr, task ? task->remark() : error->message});
    }
    return parts;
}

std::map<std::string, std::string> ResidentEyes::versions() const {
    std::map<std::string, std::string> versions;
    for (std::size_t i = 0; i < row_count; ++i)
        if (all().opened[i].task) versions[std::string(rows[i].name)] = all().opened[i].task->version();
    return versions;
}

bool ResidentEyes::ready() const {
    return can_work(all().opened);
}

}  // namespace

std::unique_ptr<Eyes> Eyes::open(const EyesOptions& options, std::span<const EmbeddedFile> heads, Metrics& metrics) {
    return std::make_unique<ResidentEyes>(options, heads, metrics);
}

store::Migrations migrations() {
    return {"vision", embedded_files()};
}

}  // namespace vitrine::vision
