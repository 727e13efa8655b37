// vitrine bench vectors: the vector room beside its peers on the same rows and queries, chunk by chunk in turns, so that an
// hour in which the machine is slow is slow for all. bench/vectors makes the data and holds the peers.

#include <fmt/format.h>

#include <boost/process.hpp>
#include <fstream>
#include <iostream>
#include <map>
#include <unordered_set>

#include "app/command.hpp"
#include "app/curve.hpp"
#include "vector/space.hpp"

namespace vitrine::app {
namespace {

namespace fs = std::filesystem;
namespace process = boost::process;
using SteadyClock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t nearest = 20, chunk = 200;
constexpr double recalls[] = {0.95, 0.975, 0.99};
constexpr auto ours_name = "vitrine";

struct VectorsOptions {
    std::string data = "fashion-mnist";
    fs::path folder = "build/bench/vectors";
    std::string peers = "build/bench/vectors/venv/bin/python bench/vectors/peers.py";
    std::string only;
    std::string kernels = "auto";
    bool json = false;
};

// What bench/vectors/data.py wrote.
struct Data {
    std::size_t rows_count = 0, width = 0, queries_count = 0;
    std::vector<float> rows, queries;
    std::vector<std::int32_t> truth;  // the nearest of each query

    std::span<const float> row(std::size_t at) const { return std::span(rows).subspan(at * width, width); }
    std::span<const float> query(std::size_t at) const { return std::span(queries).subspan(at * width, width); }
    std::size_t right(std::size_t query, std::span<const vector::Hit> hits) const {
        std::unordered_set<std::int32_t> expected(truth.begin() + query * nearest, truth.begin() + (query + 1) * nearest);
        return std::ranges::count_if(hits, [&](const auto& hit) { return expected.contains(static_cast<std::int32_t>(hit.key)); });
    }
};

template <class T>
Result<std::vector<T>> read_numbers(const fs::path& path, std::size_t count) {
    std::vector<T> numbers(count);
    std::ifstream file(path, std::ios::binary);
    if (!file.read(reinterpret_cast<char*>(numbers.data()), static_cast<std::streamsize>(count * sizeof(T))))
        return Error{Kind::invalid, "bench.data", fmt::format("{} is not whole; make it again with bench/vectors/data.py.", path.string())};
    return numbers;
}

Result<Data> read_data(const fs::path& folder, const std::string& name) {
    std::ifstream file(folder / "meta.json");
    if (!file)
        return Error{Kind::not_found, "bench.no_data",
                     fmt::format("There is no data in {}. Make it: bench/vectors/data.py {} {}", folder.string(), name,
                                 folder.parent_path().string())};
    auto meta = TRY(json::parse(std::string(std::istreambuf_iterator<char>(file), {})));
    auto number = [&](const char* key) { return meta.at(key).to_number<std::size_t>(); };
    Data data{number("rows"), number("width"), number("queries"), {}, {}, {}};
    data.rows = TRY(read_numbers<float>(folder / "rows.f32", data.rows_count * data.width));
    data.queries = TRY(read_numbers<float>(folder / "queries.f32", data.queries_count * data.width));
    data.truth = TRY(read_numbers<std::int32_t>(folder / "truth.i32", data.queries_count * nearest));
    return data;
}

struct Measured {
    double seconds = 0;
    std::size_t right = 0;
};

// One way of finding that is measured, at each of its settings.
struct Finder {
    std::string name;
    std::size_t settings = 0;
    double build_seconds = 0;
    std::function<Result<Measured>(std::size_t setting, std::size_t from, std::size_t to)> search;
    std::map<std::size_t, Measured> sums{};  // by setting

    Curve curve(std::size_t queries) const {
        std::vector<Curve::Point> points;
        for (const auto& [setting, sum] : sums)
            points.push_back(
                {static_cast<double>(sum.right) / static_cast<double>(queries * nearest), static_cast<double>(queries) / sum.seconds});
        return Curve(points);
    }
};

// --- ours

constexpr double efforts[] = {0, 0.03, 0.06, 0.1, 0.14, 0.18, 0.22, 0.26, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 1};

Result<Finder> build_ours(const Data& data, const std::string& kernels) {
    vector::Settings settings;
    settings.kernels = kernels;
    settings.builds_itself = false;
    settings.watch_one_in = 0;
    auto made = TRY(
        vector::Space::make({static_cast<std::uint32_t>(data.width), vector::Metric::cosine, 0}, settings));  // the rows are of length 1
    std::shared_ptr<vector::Space> space = std::move(made);
    auto began = SteadyClock::now();
    std::vector<vector::Row> rows;
    for (std::size_t at = 0; at < data.rows_count; ++at) rows.push_back({at, data.row(at), {}});
    TRY(space->put(rows));
    space->build();
    Finder ours{ours_name, std::size(efforts), Seconds(SteadyClock::now() - began).count(), {}};
    ours.search = [&data, space](std::size_t setting, std::size_t from, std::size_t to) -> Result<Measured> {
        vector::QueryOptions options;
        options.effort = efforts[setting];
        std::vector<vector::Found> found;
        auto started = SteadyClock::now();
        for (auto at = from; at < to; ++at) found.push_back(TRY(space->top_k(data.query(at), nearest, {}, options)));
        Measured measured{Seconds(SteadyClock::now() - started).count(), 0};
        for (auto at = from; at < to; ++at) measured.right += data.right(at, found[at - from].hits);
        return measured;
    };
    return ours;
}

// --- the peers, in a process of their own

class Peers {
public:
    Peers(const VectorsOptions& options, const fs::path& folder)
        : child_(fmt::format("{} {}{}", options.peers, folder.string(),
                             options.only.empty() ? "" : fmt::format(" --only \"{}\"", options.only)),
                 process::std_in<to_, process::std_out> from_) {}
    ~Peers() {
        to_.pipe().close();  // they end at the end of their input
        child_.wait();
    }
    Peers(const Peers&) = delete;
    Peers& operator=(const Peers&) = delete;

    Result<json::Value> hear() {
        std::string line;
        if (!std::getline(from_, line))
            return Error{Kind::unavailable, "bench.peers",
                         "The peers ended in the middle; what they said is above. Run `make bench-vectors`."};
        return json::parse(line);
    }
    Result<json::Value> ask(const json::Object& question) {
        to_ << json::print(question) << std::endl;
        return hear();
    }

private:
    process::opstream to_;
    process::ipstream from_;
    process::child child_;
};

Result<std::vector<Finder>> build_peers(Peers& peers) {
    std::vector<Finder> finders;
    while (true) {
        auto said = TRY(peers.hear());
        if (said.as_object().contains("ready")) return finders;
        std::string name(said.at("peer").as_string());
        if (const auto* problem = said.as_object().if_contains("problem")) {
            std::cerr << fmt::format("{} is left out: {}\n", name, std::string_view(problem->as_string()));
            continue;
        }
        Finder peer{name, said.at("settings").to_number<std::size_t>(), said.at("build_s").to_number<double>(), {}};
        std::cerr << fmt::format("{} built in {:.1f} s\n", name, peer.build_seconds);
        peer.search = [&peers, name](std::size_t setting, std::size_t from, std::size_t to) -> Result<Measured> {
            auto answer = TRY(peers.ask({{"peer", name}, {"setting", setting}, {"from", from}, {"to", to}}));
            return Measured{answer.at("seconds").to_number<double>(), answer.at("found").to_number<std::size_t>()};
        };
        finders.push_back(std::move(peer));
    }
}

// --- all of them

Result<void> measure_in_turns(std::vector<Finder>& finders, std::size_t queries) {
    for (std::size_t from = 0; from < queries; from += chunk) {
        auto to = std::min(queries, from + chunk);
        for (auto& finder : finders)
            for (std::size_t setting = 0; setting < finder.settings; ++setting) {
                if (from == 0) TRY(finder.search(setting, from, to));  // not counted: caches fill
                auto measured = TRY(finder.search(setting, from, to));
                finder.sums[setting].seconds += measured.seconds;
                finder.sums[setting].right += measured.right;
            }
        std::cerr << fmt::format("\r{} of {} queries", to, queries) << (to == queries ? "\n" : "") << std::flush;
    }
    return {};
}

json::Value rounded(const std::optional<double>& per_second) {
    return per_second ? json::Value(static_cast<std::int64_t>(*per_second)) : json::Value(nullptr);
}

json::Object summary(const VectorsOptions& options, const Data& data, const std::vector<Finder>& finders) {
    json::Object at;
    for (auto recall : recalls) {
        json::Object cell{{"ours", nullptr}, {"hnswlib", nullptr}, {"best_peer", nullptr}, {"best_name", nullptr}, {"pgvector", nullptr}};
        std::optional<double> best;
        for (const auto& finder : finders) {
            auto rate = finder.curve(data.queries_count).per_second_at(recall);
            if (finder.name == ours_name) cell["ours"] = rounded(rate);
            if (cell.contains(finder.name)) cell[finder.name] = rounded(rate);
            if (finder.name == ours_name || !rate || (best && *best >= *rate)) continue;
            best = rate;
            cell["best_peer"] = rounded(rate);
            cell["best_name"] = finder.name;
        }
        at[fmt::format("{}", recall)] = cell;
    }
    return {{"data", options.data}, {"n", data.rows_count}, {"dim", data.width}, {"at", at}};
}

void print_table(const Data& data, const std::vector<Finder>& finders) {
    fmt::print("{:<20}{:>9}", "queries a second", "build");
    for (auto recall : recalls) fmt::print("{:>10}", recall);
    fmt::print("\n");
    for (const auto& finder : finders) {
        fmt::print("{:<20}{:>7.1f} s", finder.name, finder.build_seconds);
        for (auto recall : recalls) {
            auto rate = finder.curve(data.queries_count).per_second_at(recall);
            fmt::print("{:>10}", rate ? fmt::format("{:.0f}", *rate) : "-");
        }
        fmt::print("\n");
    }
}

Result<void> bench(const VectorsOptions& options) {
    auto folder = options.folder / options.data;
    auto data = TRY(read_data(folder, options.data));
    std::unique_ptr<Peers> peers;
    std::vector<Finder> finders;
    if (options.peers != "none") {
        auto program = options.peers.substr(0, options.peers.find(' '));
        if (!fs::exists(program))
            return Error{
                Kind::not_found, "bench.no_peers",
                fmt::format("The peers are not here ({}). `make bench-vectors` fetches them; --peers none measures without.", program)};
        peers = std::make_unique<Peers>(options, folder);
        finders = TRY(build_peers(*peers));
    }
    finders.insert(finders.begin(), TRY(build_ours(data, options.kernels)));
    std::cerr << fmt::format("{} built in {:.1f} s\n", ours_name, finders.front().build_seconds);
    TRY(measure_in_turns(finders, data.queries_count));
    if (!options.json) print_table(data, finders);
    auto all = summary(options, data, finders);
    if (options.json) {
        json::Object curves;
        for (const auto& finder : finders) {
            json::Array points;
            for (const auto& point : finder.curve(data.queries_count).points())
                points.push_back(json::Object{{"recall", point.recall}, {"per_second", point.per_second}});
            curves[finder.name] = json::Object{{"build_s", finder.build_seconds}, {"points", points}};
        }
        std::cout << json::print(curves) << "\n";
    }
    std::cout << json::print(all) << "\n";
    return {};
}

}  // namespace

void add_bench_vectors(CLI::App& bench_command, Context& context) {
    auto options = std::make_shared<VectorsOptions>();
    auto* command = bench_command.add_subcommand(
        "vectors", "Nearest vectors: queries a second at equal recall@20, one thread, one query at a time, beside other engines.");
    command->add_option("--data", options->data, "Which set: fashion-mnist, lite2.")->capture_default_str();
    command->add_option("--folder", options->folder, "Where bench/vectors/data.py put it.")->capture_default_str();
    command->add_option("--peers", options->peers, "The program that holds the peers; none: without them.")->capture_default_str();
    command->add_option("--only", options->only, "Of the peers, these: hnswlib,lorann 128.");
    command->add_option("--kernels", options->kernels, "auto, avx512, avx2, portable.")->capture_default_str();
    command->add_flag("--json", options->json, "Two JSON objects, a line each: every curve, then the rates at 0.95, 0.975 and 0.99.");
    command->callback([&context, options] {
        if (auto done = bench(*options); !done) context.exit = complain(done.error());
    });
}

}  // namespace vitrine::app
