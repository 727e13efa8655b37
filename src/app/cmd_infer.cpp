// vitrine infer: what photos show, a JSON object a line. Needs no server and no data folder.

#include <fmt/format.h>

#include <iostream>

#include "app/command.hpp"
#include "app/infer.hpp"
#include "app/pack.hpp"

namespace vitrine::app {
namespace {

std::string words_of(const json::Object& line) {
    auto text = [&](const char* key, const char* inner) {
        const auto* value = line.if_contains(key);
        if (!value || !value->as_object().at(inner).is_string()) return std::string("not sure");
        return std::string(value->as_object().at(inner).as_string());
    };
    std::string out = fmt::format("{}\n  kind      {}\n", std::string_view(line.at("photo").as_string()),
                                  line.contains("kind") ? std::string_view(line.at("kind").as_string()) : "unknown");
    out += fmt::format("  category  {}\n  product   {}\n", text("category", "value"), text("product", "value"));
    if (const auto* colours = line.if_contains("colours"))
        for (const auto& colour : colours->as_array())
            out += fmt::format("  colour    {} {:.0f} %\n", std::string_view(colour.as_object().at("name").as_string()),
                               colour.as_object().at("share").to_number<double>() * 100);
    if (const auto* lines = line.if_contains("text"))
        for (const auto& read : lines->as_array())
            out += fmt::format("  text      {}\n", std::string_view(read.as_object().at("text").as_string()));
    return out;
}

int infer_all(const Settings& settings, const std::vector<std::string>& photos, bool as_json, bool embedding) {
    Metrics metrics;
    auto eyes = open_eyes(settings, true, metrics);
    if (!eyes->ready())
        for (const auto& part : eyes->parts())
            if (!part.ready) std::cerr << part.task << ": " << part.problem << "\n";
    auto decoding = Decoding::open(settings);
    if (!decoding) return complain(decoding.error());
    catalog::Catalog catalog;
    std::size_t bad = 0;
    for (const auto& photo : photos) {
        auto inference = infer(*eyes, *decoding, photo);
        if (!inference) {
            ++bad;
            if (as_json)
                std::cout << json::print(json::Object{
                                 {"photo", photo},
                                 {"error", json::Object{{"code", inference.error().code}, {"message", inference.error().message}}}})
                          << std::endl;
            else
                std::cerr << photo << ": " << inference.error().message << "\n";
            continue;
        }
        auto line = describe(photo, *inference, catalog, embedding);
        std::cout << (as_json ? json::print(line) + "\n" : words_of(line)) << std::flush;
    }
    return bad == 0 ? Exit::done : bad == photos.size() ? Exit::failed : Exit::partly;
}

}  // namespace

void add_infer(CLI::App& cli, Context& context) {
    auto* command = cli.add_subcommand("infer", "Says what photos show; keeps nothing.");
    struct Options {
        std::vector<std::string> photos;
        bool json = false, embedding = false;
    };
    auto options = std::make_shared<Options>();
    command->add_option("PHOTO", options->photos, "Photo files.")->required();
    command->add_flag("--json", options->json, "One JSON object a line.");
    command->add_flag("--embedding", options->embedding, "With --json: add the embedding.");
    command->callback(
        [&context, options] { context.exit = infer_all(context.settings, options->photos, options->json, options->embedding); });
}

}  // namespace vitrine::app
