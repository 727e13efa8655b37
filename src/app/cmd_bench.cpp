// vitrine bench photo: from file to saved draft, through the same verbs, rows and files as the server, in a data folder
// made for it. Each photo once; warmed on others, so that no finding is cached.

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "app/command.hpp"
#include "app/house.hpp"
#include "app/photo_files.hpp"
#include "auth/auth.hpp"

namespace vitrine::app {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

struct BenchOptions {
    std::filesystem::path photos;
    std::size_t count = 0, warm = 5;
    bool json = false;
};

double percentile(std::vector<double> values, double share) {
    std::ranges::sort(values);
    auto at = std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())));
    return values[at];
}

// Resident memory now, in MB.
double rss_mb() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (word == "VmRSS:") {
            double kib = 0;
            status >> kib;
            return kib / 1024;
        }
    return 0;
}

// The photos' own listing of stage times, averaged.
json::Object mean_stages(const std::vector<std::map<std::string, double>>& all) {
    std::map<std::string, double> sums;
    for (const auto& one : all)
        for (const auto& [stage, ms] : one) sums[stage] += ms;
    json::Object object;
    for (const auto& [stage, sum] : sums) object[stage] = sum / static_cast<double>(all.size());
    return object;
}

struct Folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / fmt::format("vitrine-bench-{}", to_string(make_uuid_v7()));
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
};

Result<int> bench(Settings settings, const BenchOptions& options) {
    auto photos = TRY(photo_files({options.photos.string()}));
    if (photos.size() <= options.warm)
        return Error{Kind::invalid, "bench.photos",
                     fmt::format("{} has {} photos; {} warm the models and more are needed to measure.", options.photos.string(),
                                 photos.size(), options.warm)};
    if (options.count > 0 && photos.size() > options.count + options.warm) photos.resize(options.count + options.warm);

    Folder folder;
    settings.data = folder.path;
    settings.database.clear();  // what is measured is thrown away
    auto house = TRY(House::open(settings));
    TRY(house->can_decode());
    if (!house->eyes()->ready()) return Error{Kind::unavailable, "bench.models", "The models are not ready; run `vitrine models pull`."};
    auto local = auth::local_caller(house->workspace);

    auto draft = [&](const std::filesystem::path& photo) -> Result<listing::Listing> {
        auto made = TRY(house->listings->create(local, {{photo, photo.filename().string(), false}}, listing::Language::en, true));
        TRY(house->workers->drain());
        return house->listings->find(local, made.listing);
    };
    // The last photos warm the models; the first are measured.
    for (std::size_t i = 0; i < options.warm; ++i) TRY(draft(photos[photos.size() - 1 - i]));
    photos.resize(photos.size() - options.warm);

    std::vector<double> times;
    std::size_t failed = 0;
    auto all_start = std::chrono::steady_clock::now();
    for (const auto& photo : photos) {
        auto start = std::chrono::steady_clock::now();
        auto listing = draft(photo);
        auto ms = Milliseconds(std::chrono::steady_clock::now() - start).count();
        if (!listing || listing->state != listing::State::draft) {
            ++failed;
            std::cerr << photo.string() << ": " << (listing ? listing->problem.value_or("not drafted") : listing.error().message) << "\n";
            continue;
        }
        times.push_back(ms);
        if (options.json) std::cout << json::print(json::Object{{"photo", photo.string()}, {"ms", ms}}) << "\n";
    }
    auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - all_start).count();
    if (times.empty()) return Error{Kind::internal, "bench.failed", "No photo could be drafted."};

    // Where the time goes: the same stages once more through infer's eyes, on at most twenty of the photos.
    std::vector<std::map<std::string, double>> stages;
    for (std::size_t i = 0; i < std::min<std::size_t>(20, photos.size()); ++i) {
        std::ifstream stream(photos[i], std::ios::binary);
        std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(stream), {}};
        auto start = std::chrono::steady_clock::now();
        auto decoded = house->decoding->decode(bytes);
        auto decode_ms = Milliseconds(std::chrono::steady_clock::now() - start).count();
        if (!decoded) continue;
        auto findings = house->eyes()->look(*decoded);
        if (!findings) continue;
        auto ms = findings->ms;
        ms["decode"] = decode_ms;
        ms["look"] = Milliseconds(std::chrono::steady_clock::now() - start).count() - decode_ms;
        stages.push_back(ms);
    }
    json::Array tasks;
    for (const auto& part : house->eyes()->parts()) tasks.emplace_back(part.task);

    json::Object last{{"n", times.size()},
                      {"failed", failed},
                      {"p50", percentile(times, 0.5)},
                      {"p95", percentile(times, 0.95)},
                      {"p99", percentile(times, 0.99)},
                      {"per_s", static_cast<double>(times.size()) / seconds},
                      {"rss_mb", rss_mb()},
                      {"stages", mean_stages(stages)},
                      {"tasks", tasks}};
    if (options.json)
        std::cout << json::print(last) << "\n";
    else
        std::cout << fmt::format(
            "{} photos, file to saved draft: p50 {:.0f} ms, p95 {:.0f} ms, p99 {:.0f} ms, {:.1f} photos/s, {:.0f} MB resident\nmean ms a "
            "stage: {}\n",
            times.size(), percentile(times, 0.5), percentile(times, 0.95), percentile(times, 0.99),
            static_cast<double>(times.size()) / seconds, rss_mb(), json::print(last["stages"]));
    return failed == 0 ? Exit::done : Exit::partly;
}

}  // namespace

void add_bench(CLI::App& cli, Context& context) {
    auto* command = cli.add_subcommand("bench", "Measures this machine.");
    command->require_subcommand(1);
    auto options = std::make_shared<BenchOptions>();
    add_bench_jobs(*command, context);
    add_bench_decode(*command, context);
    add_bench_vectors(*command, context);
    auto* photo = command->add_subcommand("photo", "From photo file to saved draft, each photo once.");
    photo->add_option("--photos", options->photos, "Folder of photos.")->required()->check(CLI::ExistingDirectory);
    photo->add_option("--count", options->count, "At most this many photos; 0 takes all.");
    photo->add_option("--warm", options->warm, "Photos that warm the models first and are not measured.")->capture_default_str();
    photo->add_flag("--json", options->json, "A JSON object a photo, and one with the figures last.");
    photo->callback([&context, options] {
        auto exit = bench(context.settings, *options);
        context.exit = exit ? *exit : complain(exit.error());
    });
}

}  // namespace vitrine::app
