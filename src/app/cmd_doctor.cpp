// vitrine doctor: looks at everything that could be wrong here, and says what to do about it.

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <fstream>
#include <iostream>

#include "app/command.hpp"
#include "app/house.hpp"
#include "app/https.hpp"
#include "app/pack.hpp"
#include "app/watched_folder.hpp"
#include "vision/pack.hpp"
#include "vision/tesseract.hpp"

namespace vitrine::app {
namespace {

struct Check {
    std::string what;
    bool good = false;
    std::string words;  // what was seen, or what to do
};
BOOST_DESCRIBE_STRUCT(Check, (), (what, good, words))

Check check_processor() {
    std::ifstream file("/proc/cpuinfo");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    auto has = [&](std::string_view flag) { return text.find(flag) != std::string::npos; };
    return {"processor", true,
            has("avx512_bf16") || has("amx_bf16") ? "multiplies bf16: the fastest way"
            : has("avx512f")                      ? "AVX-512, no bf16: f32"
            : has("avx2")                         ? "AVX2: f32"
                                                  : "no AVX2: f32, slow but right"};
}

Check check_data(const std::filesystem::path& data) {
    if (auto made = prepare_data_folder(data); !made) return {"data folder", false, made.error().message};
    struct statvfs disk {};
    ::statvfs(data.c_str(), &disk);
    auto free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize / 1'000'000;
    if (free < 1000) return {"data folder", false, fmt::format("{}: only {} MB are free; free some space.", data.string(), free)};
    return {"data folder", true, fmt::format("{}, {} GB free", data.string(), free / 1000)};
}

// Nothing to say when vitrine is served over plain HTTP, which on one machine is right.
std::optional<Check> check_tls(const Settings& settings) {
    SystemClock clock;
    auto seen = describe_certificate(settings, clock);
    if (!seen) return Check{"certificate", false, seen.error().message};
    if (!*seen) return std::nullopt;
    return Check{"certificate", true, **seen};
}

Check check_watch(const Settings& settings) {
    auto seen = check_watched_folder(settings);
    return {"watched folder", seen.has_value(), seen ? settings.watch.folder : seen.error().message};
}

std::vector<Check> check_house(const Settings& settings) {
    auto house = House::open(settings);
    if (!house) return {{"database", false, house.error().message}};
    std::vector<Check> checks;
    auto whole = (*house)->database->check();
    checks.push_back({"database", whole && *whole == "ok", whole ? *whole : whole.error().message});
    auto setup = (*house)->accounts->setup_needed();
    checks.push_back({"owner", setup && !*setup,
                      setup && *setup ? "nobody yet; start `vitrine serve` and enter the setup code it prints" : "there is one"});
    auto decodes = (*house)->decoding->warm();
    checks.push_back({"decoding photos", decodes.has_value(), decodes ? (*house)->decoding->words() : decodes.error().message});
    for (const auto& part : (*house)->eyes()->parts())
        checks.push_back({"model for " + part.task, part.ready, part.problem.empty() ? "loads and runs" : part.problem});
    return checks;
}

// Good either way: it is needed only where the pack's reader is not, and then that check says so.
Check check_second_reader() {
    auto tesseract = vision::Tesseract::find();
    return {
        "second reader of text", true,
        tesseract ? fmt::format("Tesseract {}, for when the pack's own is not there", tesseract->version()) : tesseract.error().message};
}

void print_settings(const Settings& settings) {
    Config config;
    auto copy = settings;
    if (!copy.database.empty()) copy.database = settings.shown_database();
    copy.bind(config);
    for (const auto& setting : config.settings())
        std::cout << fmt::format("{:<34} {:<18} {:<24} {}\n", setting.key, setting.default_text, setting.bounds, setting.sentence);
}

int doctor(const Settings& settings, bool as_json) {
    std::vector<Check> checks{check_processor(), check_data(settings.data)};
    if (checks.back().good)
        for (auto& check : check_house(settings)) checks.push_back(std::move(check));
    checks.push_back(check_second_reader());
    if (auto tls = check_tls(settings)) checks.push_back(std::move(*tls));
    if (!settings.watch.folder.empty()) checks.push_back(check_watch(settings));
    bool all = true;
    for (const auto& check : checks) {
        all = all && check.good;
        if (as_json)
            std::cout << json::print(json::write(check)) << "\n";
        else
            std::cout << fmt::format("{}  {:<22} {}\n", check.good ? "ok " : "BAD", check.what, check.words);
    }
    return all ? Exit::done : Exit::failed;
}

}  // namespace

void add_doctor(CLI::App& cli, Context& context) {
    auto* command = cli.add_subcommand("doctor", "Looks at processor, data folder, database, models; says what to mend.");
    struct Options {
        bool json = false, settings = false;
    };
    auto options = std::make_shared<Options>();
    command->add_option("--data", context.settings.data, "Data folder.")->capture_default_str();
    add_database_option(*command, context);
    command->add_flag("--settings", options->settings, "Print every setting with its value, bounds and meaning instead.");
    command->add_flag("--json", options->json, "A JSON object a check.");
    command->callback([&context, options] {
        if (options->settings)
            print_settings(context.settings);
        else
            context.exit = doctor(context.settings, options->json);
    });
}

}  // namespace vitrine::app
