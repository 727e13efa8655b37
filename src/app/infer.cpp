#include "app/infer.hpp"

#include <fmt/format.h>

#include <chrono>
#include <fstream>

#include "app/routes.hpp"
#include "listing/compose.hpp"

namespace vitrine::app {
namespace {

json::Value choice(const vision::Choice& from) {
    json::Array top;
    for (const auto& guess : from.top) top.push_back(json::Array{boost::json::string(guess.name), guess.p});
    json::Object object{{"value", nullptr}, {"confidence", from.confidence}, {"top", top}};
    if (from.value) object["value"] = *from.value;
    return object;
}

json::Array colours(const vision::Colours& from, const catalog::Catalog& catalog) {
    json::Array array;
    for (const auto& colour : from.colours) {
        auto named = catalog.name_of({colour.l, colour.a, colour.b});
        array.push_back(json::Object{{"name", named.key},
                                     {"confidence", named.confidence},
                                     {"share", colour.share},
                                     {"lab", json::Array{colour.l, colour.a, colour.b}}});
    }
    return array;
}

double ms_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Result<std::vector<std::uint8_t>> read_file(const std::filesystem::path& path, const photo::Limits& limits) {
    std::error_code error;
    auto size = std::filesystem::file_size(path, error);
    std::ifstream stream(path, std::ios::binary);
    if (error || !stream)
        return Error{Kind::not_found, "infer.file",
                     fmt::format("{} cannot be read: {}.", path.string(), error ? error.message() : "permission denied"), path.string()};
    if (size > static_cast<std::uintmax_t>(limits.bytes_max))
        return Error{Kind::invalid, "photo.too_large",
                     fmt::format("The file has {} MB; {} MB is the most a photo may have.", size / 1'000'000, limits.bytes_max / 1'000'000),
                     path.string()};
    std::vector<std::uint8_t> bytes(size);
    stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    return bytes;
}

Result<Inference> infer(vision::Eyes& eyes, const Decoding& decoding, const std::filesystem::path& path) {
    auto start = std::chrono::steady_clock::now();
    auto bytes = TRY(read_file(path, decoding.limits()));
    Inference inference;
    inference.decoded = TRY(decoding.decode(bytes));
    auto decode_ms = ms_since(start);
    inference.findings = TRY(eyes.look(inference.decoded));
    inference.findings.ms["decode"] = decode_ms;
    inference.findings.ms["total"] = ms_since(start);
    return inference;
}

json::Object describe(const std::string& photo, const Inference& inference, const catalog::Catalog& catalog, bool with_embedding) {
    const auto& found = inference.findings;
    json::Object line{{"photo", photo}, {"width", inference.decoded.header.width}, {"height", inference.decoded.header.height}};
    if (found.kinds) {
        // Below the gate's threshold neither clothing nor grocery is sure: that is `other`.
        line["kind"] = found.kinds->kind.value.value_or("other");
        line["kind_confidence"] = found.kinds->kind.confidence;
        line["category"] = choice(found.kinds->category);
        line["product"] = choice(found.kinds->product);
        line["imagenet"] = json::write(found.kinds->imagenet);
    }
    if (found.objects) line["objects"] = json::write(found.objects->objects);
    if (found.text) line["text"] = json::write(found.text->lines);
    if (found.colours) line["colours"] = colours(*found.colours, catalog);
    if (found.moderation) line["moderation"] = json::write(*found.moderation);
    if (found.quality) line["quality"] = json::write(*found.quality);
    listing::SeenPhoto seen{listing::PhotoId{}, inference.decoded.header.width, inference.decoded.header.height,
                            inference.decoded.perceptual_hash, found};
    line["fields"] = json::write(listing::compose({seen}, catalog, listing::Language::en).fields);
    if (!found.failed.empty()) line["failed"] = json::write(found.failed);
    line["ms"] = json::write(found.ms);
    if (with_embedding && found.embedding) line["embedding"] = json::write(found.embedding->vector);
    return line;
}

void add_infer_routes(http::Router& router, House& house) {
    http::Route route{http::Method::post, "/api/v1/infer", http::Right::upload, "infer", "Says what one photo shows; keeps nothing."};
    route.body_kind = http::BodyKind::photos;
    route.files_max = 1;
    route.answer_schema = json::Object{{"type", "object"}};
    route.query = {{"embedding", "true: with the embedding.", json::Object{{"type", "string"}, {"enum", json::Array{"true", "false"}}}}};
    route.handler = [&house](http::Request& request) -> Result<http::Response> {
        if (request.files.size() != 1)
            return Error{Kind::invalid, "infer.no_photo", "Send one photo, as -F photo=@file or as the raw body."};
        const auto& file = request.files.front();
        auto inference = TRY(infer(*house.eyes(), *house.decoding, file.path));
        return http::Response::json(200, describe(file.file_name, inference, *house.catalog(), request.query_if("embedding") == "true"));
    };
    router.add(std::move(route));
}

}  // namespace vitrine::app
