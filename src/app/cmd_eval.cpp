// vitrine eval: how often the machine is right, on photos whose truth is known. Needs no server and no data folder.

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <ranges>

#include "app/command.hpp"
#include "app/infer.hpp"
#include "app/labels_csv.hpp"
#include "app/pack.hpp"
#include "listing/compose.hpp"

namespace vitrine::app {
namespace {

struct EvalOptions {
    std::filesystem::path labels, photos;
    bool json = false;
};

// Shows progress, and holds what every evaluation needs.
struct Bench {
    Settings settings;
    EvalOptions options;
    Metrics metrics;
    catalog::Catalog catalog;
    std::unique_ptr<vision::Eyes> eyes;
    std::vector<LabelRow> rows;

    static Result<std::unique_ptr<Bench>> open(const Settings& settings, const EvalOptions& options,
                                               const std::vector<std::string>& columns) {
        auto bench = std::make_unique<Bench>();
        bench->settings = settings;
        bench->options = options;
        bench->rows = TRY(read_labels(options.labels, options.photos, columns));
        bench->eyes = open_eyes(settings, true, bench->metrics);
        if (!bench->eyes->ready()) return Error{Kind::unavailable, "eval.models", "The models are not ready; run `vitrine models pull`."};
        return bench;
    }

    // Calls `use` with each row and what was seen by these tasks.
    template <class Use>
    Result<void> each(std::vector<std::string_view> tasks, Use&& use) {
        for (const auto& row : rows) {
            auto bytes = TRY(read_file(row.photo));
            auto decoded = TRY(photo::decode(bytes, settings.photo));
            auto findings = TRY(eyes->look_only(decoded, tasks));
            json::Object line{{"photo", row.columns.at("image")}};
            use(row, decoded, findings, line);
            if (options.json) std::cout << json::print(line) << "\n";
        }
        return {};
    }
};

std::string first_or(const std::vector<vision::Guess>& top, std::string_view other) {
    return top.empty() ? std::string(other) : top.front().name;
}

double share(std::size_t part, std::size_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void print_last(const json::Object& last, bool as_json) {
    if (as_json) {
        std::cout << json::print(last) << "\n";
        return;
    }
    for (const auto& [key, value] : last) std::cout << fmt::format("{:<20} {}\n", std::string_view(key), json::print(value));
}

// category and product: the same measure over another head. The kind gate counts only for `answered`.
struct Head {
    std::string kind;  // the gate's name for it
    vision::Choice vision::Kinds::*choice;
};

Result<void> eval_head(const Settings& settings, const EvalOptions& options, const Head& head) {
    auto bench = TRY(Bench::open(settings, options, {"image", "label"}));
    auto labels = bench->eyes->labels(head.kind);
    for (const auto& row : bench->rows)
        if (std::ranges::find(labels, row.columns.at("label")) == labels.end())
            return Error{Kind::invalid, "eval.label",
                         fmt::format("Row {}: the label \"{}\" is none of {}.", row.row, row.columns.at("label"), fmt::join(labels, ", "))};

    std::size_t top1 = 0, top3 = 0, answered = 0, answered_right = 0, gated = 0;
    std::map<std::string, std::pair<std::size_t, std::size_t>> per_class;  // right, all
    TRY(bench->each({"kinds"}, [&](const LabelRow& row, const photo::Decoded&, const vision::Findings& found, json::Object& line) {
        const auto& truth = row.columns.at("label");
        const auto& choice = (*found.kinds).*head.choice;
        bool first = first_or(choice.top, "") == truth;
        bool among =
            std::any_of(choice.top.begin(), choice.top.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(3, choice.top.size())),
                        [&](const vision::Guess& guess) { return guess.name == truth; });
        bool through = found.kinds->kind.value == head.kind;
        bool answers = through && choice.value.has_value();
        top1 += first, top3 += among, gated += !through, answered += answers, answered_right += answers && *choice.value == truth;
        auto& [right, all] = per_class[truth];
        right += first, ++all;
        line["label"] = truth;
        line["top"] = json::write(choice.top);
        line["kind"] = found.kinds->kind.value.value_or("other");
        line["answered"] = answers;
    }));

    json::Object recall;
    double macro = 0;
    for (const auto& [name, counts] : per_class) {
        recall[name] = share(counts.first, counts.second);
        macro += share(counts.first, counts.second) / static_cast<double>(per_class.size());
    }
    auto n = bench->rows.size();
    print_last({{"n", n},
                {"top1", share(top1, n)},
                {"top3", share(top3, n)},
                {"macro", macro},
                {"answered", share(answered, n)},
                {"precision_answered", share(answered_right, answered)},
                {"threshold", bench->eyes->threshold(head.kind)},
                {"gated", share(gated, n)},
                {"recall", recall}},
               options.json);
    return {};
}

// kind: columns image, label of clothing, grocery, other.
Result<void> eval_kind(const Settings& settings, const EvalOptions& options) {
    auto bench = TRY(Bench::open(settings, options, {"image", "label"}));
    std::map<std::string, std::map<std::string, std::size_t>> confusion;
    TRY(bench->each({"kinds"}, [&](const LabelRow& row, const photo::Decoded&, const vision::Findings& found, json::Object& line) {
        auto said = found.kinds->kind.value.value_or("other");
        ++confusion[row.columns.at("label")][said];
        line["label"] = row.columns.at("label");
        line["kind"] = said;
        line["confidence"] = found.kinds->kind.confidence;
    }));
    json::Object last{{"n", bench->rows.size()}};
    for (const auto& [truth, said] : confusion) {
        std::size_t all = 0;
        for (const auto& [name, count] : said) all += count;
        last[truth] = json::Object{{"n", all}, {"right", share(said.contains(truth) ? said.at(truth) : 0, all)}};
    }
    print_last(last, options.json);
    return {};
}

// label: columns image, brand, size (either may be empty: then nothing may be filled), and optionally sizes: every size
// the label shows, separated by |, any of which is right. Rows that are empty in both are photos without a label, counted
// apart: `filled` of them got a brand or a size that no label said, `suggested` only a question about what is printed on it.
Result<void> eval_label(const Settings& settings, const EvalOptions& options) {
    auto bench = TRY(Bench::open(settings, options, {"image", "brand", "size"}));
    struct Count {
        std::size_t wanted = 0, filled = 0, right = 0;
    } brand, size;
    std::size_t without = 0, without_filled = 0, without_suggested = 0;
    auto squeeze = [](std::string text) {
        std::erase_if(text, [](unsigned char c) { return c < 0x80 && !std::isalnum(c); });
        std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return text;
    };
    TRY(bench->each({"kinds", "text"}, [&](const LabelRow& row, const photo::Decoded& decoded, const vision::Findings& found,
                                           json::Object& line) {
        listing::SeenPhoto seen{listing::PhotoId{}, decoded.header.width, decoded.header.height, 0, found};
        auto fields = listing::compose({seen}, bench->catalog, listing::Language::en).fields;
        auto judge = [&](Count& count, const std::string& name, const std::optional<std::string>& value) {
            const auto& truth = row.columns.at(name);
            bool right = value && squeeze(*value) == squeeze(truth);
            if (auto others = row.columns.find(name + "s"); value && !right && others != row.columns.end())
                for (const auto& other : std::views::split(others->second, '|'))
                    right = right || squeeze(*value) == squeeze(std::string(other.begin(), other.end()));
            count.wanted += !truth.empty(), count.filled += value.has_value(), count.right += right;
            line[name] = json::Object{{"truth", truth}, {"filled", value ? json::Value(*value) : json::Value(nullptr)}, {"right", right}};
        };
        judge(brand, "brand", fields.brand.value);
        judge(size, "size", fields.size.value);
        if (row.columns.at("brand").empty() && row.columns.at("size").empty()) {
            ++without;
            without_filled += fields.brand.value || fields.size.value;
            without_suggested += !fields.brand.value && !fields.brand.evidence.empty();
        }
        json::Array read;
        if (found.text)
            for (const auto& text : found.text->lines) read.emplace_back(text.text);
        line["text"] = std::move(read);
    }));
    auto figures = [](const Count& count) {
        return json::Object{{"wanted", count.wanted},
                            {"filled", count.filled},
                            {"found", share(count.right, count.wanted)},
                            {"right_when_filled", share(count.right, count.filled)}};
    };
    Count both{brand.wanted + size.wanted, brand.filled + size.filled, brand.right + size.right};
    print_last({{"n", bench->rows.size()},
                {"found", share(both.right, both.wanted)},
                {"right_when_filled", share(both.right, both.filled)},
                {"filled", both.filled},
                {"brand", figures(brand)},
                {"size", figures(size)},
                {"without_label", json::Object{{"n", without}, {"filled", without_filled}, {"suggested", without_suggested}}}},
               options.json);
    return {};
}

// colour: columns image, colour, also_right (keys separated by |, may be empty).
Result<void> eval_colour(const Settings& settings, const EvalOptions& options) {
    auto bench = TRY(Bench::open(settings, options, {"image", "colour", "also_right"}));
    std::size_t right = 0;
    TRY(bench->each({"colours"}, [&](const LabelRow& row, const photo::Decoded&, const vision::Findings& found, json::Object& line) {
        std::string said;
        if (found.colours && !found.colours->colours.empty()) {
            said = listing::named_colours(*found.colours, bench->catalog).front().key;
        }
        auto also = "|" + row.columns.at("also_right") + "|";
        bool good = said == row.columns.at("colour") || (!said.empty() && also.find("|" + said + "|") != std::string::npos);
        right += good;
        line["colour"] = row.columns.at("colour");
        line["said"] = said;
        line["right"] = good;
    }));
    print_last({{"n", bench->rows.size()}, {"right", share(right, bench->rows.size())}}, options.json);
    return {};
}

}  // namespace

void add_eval(CLI::App& cli, Context& context) {
    auto* command = cli.add_subcommand("eval", "Measures accuracy on photos whose truth is known.");
    command->require_subcommand(1);
    auto options = std::make_shared<EvalOptions>();
    auto add = [&](const std::string& name, const std::string& words,
                   std::function<Result<void>(const Settings&, const EvalOptions&)> eval) {
        auto* sub = command->add_subcommand(name, words);
        sub->add_option("--labels", options->labels, "CSV with a header; the first column is `image`.")
            ->required()
            ->check(CLI::ExistingFile);
        sub->add_option("--photos", options->photos, "Folder that `image` is relative to.")->required()->check(CLI::ExistingDirectory);
        sub->add_flag("--json", options->json, "A JSON object a photo, and one with the figures last.");
        sub->callback([&context, options, eval] {
            if (auto done = eval(context.settings, *options); !done) context.exit = complain(done.error());
        });
    };
    add("category", "Clothing category, 17 classes: columns image, label.", [](auto& s, auto& o) {
        return eval_head(s, o, {"clothing", &vision::Kinds::category});
    });
    add("product", "Grocery product, 81 classes: columns image, label.", [](auto& s, auto& o) {
        return eval_head(s, o, {"grocery", &vision::Kinds::product});
    });
    add("kind", "Clothing, grocery or other: columns image, label.", eval_kind);
    add("label", "Brand and size read from labels: columns image, brand, size.", eval_label);
    add("colour", "Main colour: columns image, colour, also_right.", eval_colour);
}

}  // namespace vitrine::app
