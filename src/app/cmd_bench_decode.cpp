// vitrine bench decode: what the jail costs. Each photo is decoded in turns in a locked-up process and in this one.

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <numeric>

#include "app/command.hpp"
#include "app/decoding.hpp"
#include "app/infer.hpp"
#include "app/photo_files.hpp"

namespace vitrine::app {
namespace {

using Clock = std::chrono::steady_clock;

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

// Milliseconds of one decode. Errors: the decode's.
Result<double> time_of(const Decoding& decoding, const std::vector<std::uint8_t>& file) {
    const auto start = Clock::now();
    TRY(decoding.decode(file));
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Result<void> bench(Settings settings, const std::filesystem::path& folder, int rounds, bool as_json) {
    auto jailed = TRY(Decoding::open(settings));
    TRY(jailed.warm());
    settings.photo_decoding = "here";
    auto here = TRY(Decoding::open(settings));

    std::vector<double> of_jail, of_here, ratios;
    for (const auto& photo : TRY(photo_files({folder.string()}))) {
        auto file = TRY(read_file(photo, settings.photo));
        std::vector<double> one, other;
        for (int round = -1; round < rounds; ++round) {  // the first of each only warms
            auto in_jail = time_of(jailed, file), in_here = time_of(here, file);
            if (!in_jail || !in_here) break;
            if (round < 0) continue;
            one.push_back(*in_jail);
            other.push_back(*in_here);
        }
        if (one.empty()) {
            std::cerr << photo.string() << ": cannot be decoded\n";
            continue;
        }
        of_jail.push_back(median(one));
        of_here.push_back(median(other));
        ratios.push_back(of_jail.back() / of_here.back());
        if (as_json)
            std::cout << json::print(json::Object{{"photo", photo.string()}, {"jail_ms", of_jail.back()}, {"here_ms", of_here.back()}})
                      << "\n";
    }
    if (ratios.empty()) return Error{Kind::invalid, "bench.photos", "No photo there could be decoded."};
    const double all_jail = std::accumulate(of_jail.begin(), of_jail.end(), 0.0),
                 all_here = std::accumulate(of_here.begin(), of_here.end(), 0.0);
    if (as_json)
        std::cout << json::print(json::Object{{"n", ratios.size()},
                                              {"jail_ms", median(of_jail)},
                                              {"here_ms", median(of_here)},
                                              {"ratio", median(ratios)},
                                              {"ratio_of_sums", all_jail / all_here}})
                  << "\n";
    else
        std::cout << fmt::format(
            "{} photos, median of {} rounds each: {:.2f} ms in the jail, {:.2f} ms here; {:+.1f} % a photo, {:+.1f} % in all\n",
            ratios.size(), rounds, median(of_jail), median(of_here), (median(ratios) - 1) * 100, (all_jail / all_here - 1) * 100);
    return {};
}

}  // namespace

void add_bench_decode(CLI::App& bench_command, Context& context) {
    struct Options {
        std::filesystem::path photos;
        int rounds = 9;
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    auto* decode = bench_command.add_subcommand("decode", "Decoding photos in the jail and without it, in turns.");
    decode->add_option("--photos", options->photos, "Folder of photos.")->required()->check(CLI::ExistingDirectory);
    decode->add_option("--rounds", options->rounds, "Times each.")->capture_default_str()->check(CLI::Range(1, 1000));
    decode->add_flag("--json", options->json, "A JSON object a photo, and one with the figures last.");
    decode->callback([&context, options] {
        auto done = bench(context.settings, options->photos, options->rounds, options->json);
        context.exit = done ? static_cast<int>(Exit::done) : complain(done.error());
    });
}

}  // namespace vitrine::app
