// The OpenAPI 3.1 document, written from the rows that are served.
#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <tuple>

#include "http/route.hpp"

namespace vitrine::http {
namespace {

using json::Array;
using json::Object;
using json::Value;

std::string schema_reference(std::string_view title) {
    return fmt::format("#/components/schemas/{}", title);
}

// Named schemas move to components/schemas, nested ones too; what is left of them is a reference.
class Components {
public:
    Value hoist(const Value& schema) {
        if (const auto* array = schema.if_array()) {
            Array hoisted;
            for (const auto& item : *array) hoisted.push_back(hoist(item));
            return hoisted;
        }
        const auto* object = schema.if_object();
        if (!object) return schema;
        Object hoisted;
        for (const auto& [key, value] : *object) hoisted[key] = hoist(value);
        // Under "properties", "title" is a property like any other and holds a schema, not a text.
        const auto* title = object->if_contains("title");
        if (!title || !title->is_string() || title->get_string().empty()) return hoisted;
        auto name = std::string(title->get_string());
        auto [kept, added] = schemas_.emplace(name, hoisted);
        assert(added || kept->second == Value(hoisted));  // two types of one name would be one in every client
        (void)kept, (void)added;
        return Object{{"$ref", schema_reference(name)}};
    }
    Object sorted() const {
        Object object;
        for (const auto& [name, schema] : schemas_) object[name] = schema;
        return object;
    }

private:
    std::map<std::string, Value> schemas_;
};

std::string_view name_of_right(Right right) {
    return json::enum_name(right);
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

Object problem_schema() {
    auto text = [](const char* words) { return Object{{"type", "string"}, {"description", words}}; };
    return Object{{"type", "object"},
                  {"description", "What went wrong (RFC 9457). Programs act on `code`, people read `detail`."},
                  {"required", Array{"type", "title", "status", "detail", "code", "request_id"}},
                  {"properties", Object{{"type", text("about:blank")},
                                        {"title", text("The status in words.")},
                                        {"status", Object{{"type", "integer"}}},
                                        {"detail", text("A sentence for a person that says what to do.")},
                                        {"code", text("Stable, like photo.too_small.")},
                                        {"path", text("Where in the input, like $.photos[2].id.")},
                                        {"request_id", text("As in X-Request-Id and in the log.")}}}};
}

Array parameters_of(const Route& route) {
    Array parameters;
    for (std::size_t at = 0; (at = route.path.find('{', at)) != std::string::npos; ++at) {
        auto name = route.path.substr(at + 1, route.path.find('}', at) - at - 1);
        parameters.push_back(Object{{"name", name}, {"in", "path"}, {"required", true}, {"schema", Object{{"type", "string"}}}});
    }
    for (const auto& parameter : route.query)
        parameters.push_back(Object{{"name", parameter.name},
                                    {"in", "query"},
                                    {"required", false},
                                    {"description", parameter.words},
                                    {"schema", parameter.schema.is_object() ? parameter.schema : Value(Object{{"type", "string"}})}});
    if (route.idempotent) parameters.push_back(Object{{"$ref", "#/components/parameters/IdempotencyKey"}});
    if (route.if_match) parameters.push_back(Object{{"$ref", "#/components/parameters/IfMatch"}});
    return parameters;
}

Value body_of(const Route& route, Components& components) {
    if (route.body_kind == BodyKind::json)
        return Object{{"required", true},
                      {"content", Object{{"application/json", Object{{"schema", components.hoist(route.body_schema)}}}}}};
    // The text fields beside the photos are those of the row's schema.
    Object form{{"type", "object"}};
    Object properties;
    if (const auto* fields = route.body_schema.if_object()) {
        if (const auto* known = fields->if_contains("properties"); known && known->is_object())
            for (const auto& [name, schema] : known->get_object()) properties[name] = components.hoist(schema);
        if (const auto* required = fields->if_contains("required")) form["required"] = *required;
    }
    properties["photo"] = Object{{"type", "array"},
                                 {"maxItems", route.files_max},
                                 {"items", Object{{"type", "string"}, {"format", "binary"}, {"contentMediaType", "image/*"}}},
                                 {"description", fmt::format("Photos, each at most {} bytes.", route.file_bytes_max)}};
    form["properties"] = std::move(properties);
    return Object{
        {"required", true},
        {"content",
         Object{{"multipart/form-data", Object{{"schema", std::move(form)}}},
                {"image/*", Object{{"schema", Object{{"type", "string"}, {"format", "binary"}, {"contentMediaType", "image/*"}}}}}}}};
}

Object responses_of(const Route& route, Components& components) {
    Object responses;
    Object success{{"description", "Done."}};
    if (route.websocket) {
        responses["101"] = Object{{"description", "WebSocket."}};
    } else {
        if (!route.answer_schema.is_null()) {
            success["content"] = Object{{route.answer_type, Object{{"schema", components.hoist(route.answer_schema)}}}};
        } else if (route.status != 204 && !route.answer_type.empty() && route.answer_type != "application/json") {
            success["content"] = Object{{route.answer_type, Object{{"schema", Object{{"type", "string"}}}}}};
        }
        if (route.repeat_status != 0) responses[std::to_string(route.repeat_status)] = success;
        responses[std::to_string(route.status)] = std::move(success);
    }
    auto problem = [&](const char* status) { responses[status] = Object{{"$ref", "#/components/responses/Problem"}}; };
    problem("400");
    if (route.right != Right::open) {
        problem("401");
        problem("403");
    } else if (route.body_kind == BodyKind::json) {
        problem("401");  // it takes a password, a code or a token, and says when that is wrong
        problem("403");  // a browser's, from another page than ours
    }
    if (route.path.find('{') != std::string::npos) problem("404");
    if (route.method != Method::get) problem("409");               // not in this state, or somebody was faster
    if (route.idempotent || !route.query.empty()) problem("422");  // the key was used for something else; there is no such cursor
    if (route.if_match) problem("412");
    if (route.body_kind != BodyKind::none) {
        problem("413");
        problem("415");
        problem("422");
    }
    problem("429");
    problem("503");
    return responses;
}

Object operation_of(const Route& route, Components& components) {
    Object operation{{"operationId", route.operation},
                     {"summary", route.words},
                     {"tags", Array{route.operation.substr(0, route.operation.find('.'))}},
                     {"x-right", name_of_right(route.right)}};
    if (auto parameters = parameters_of(route); !parameters.empty()) operation["parameters"] = std::move(parameters);
    if (route.body_kind != BodyKind::none) operation["requestBody"] = body_of(route, components);
    operation["responses"] = responses_of(route, components);
    if (route.right == Right::open) operation["security"] = Array{};
    return operation;
}

}  // namespace

json::Value openapi(const std::vector<Route>& routes, std::string_view version) {
    std::vector<const Route*> sorted;
    for (const auto& route : routes) sorted.push_back(&route);
    std::sort(sorted.begin(), sorted.end(),
              [](const Route* a, const Route* b) { return std::tie(a->path, a->method) < std::tie(b->path, b->method); });

    Components components;
    Object paths;
    for (const Route* route : sorted) {
        auto& path = paths[route->path];
        if (!path.is_object()) path = Object{};
        path.get_object()[lower(name_of(route->method))] = operation_of(*route, components);
    }
    Object schemas = components.sorted();
    schemas["Problem"] = problem_schema();

    return Object{
        {"openapi", "3.1.0"},
        {"info", Object{{"title", "vitrine"},
                        {"version", version},
                        {"description", "Photo in, commerce action out."},
                        {"license", Object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
        {"servers", Array{Object{{"url", "/"}}}},
        {"security", Array{Object{{"session", Array{}}}, Object{{"key", Array{}}}, Object{{"token", Array{}}}}},
        {"paths", std::move(paths)},
        {"components",
         Object{
             {"schemas", std::move(schemas)},
             {"parameters",
              Object{{"IdempotencyKey", Object{{"name", "Idempotency-Key"},
                                               {"in", "header"},
                                               {"required", false},
                                               {"description", "The same key and body within 24 h give the same answer, once done."},
                                               {"schema", Object{{"type", "string"}, {"maxLength", 200}}}}},
                     {"IfMatch", Object{{"name", "If-Match"},
                                        {"in", "header"},
                                        {"required", true},
                                        {"description",
                                         "The ETag last seen, which is the thing's `version` in quotes, so that "
                                         "nobody's change is lost: 412 when it moved on. * overrides."},
                                        {"schema", Object{{"type", "string"}}}}}}},
             {"responses",
              Object{{"Problem", Object{{"description", "It did not work."},
                                        {"content", Object{{"application/problem+json",
                                                            Object{{"schema", Object{{"$ref", schema_reference("Problem")}}}}}}}}}}},
             {"securitySchemes", Object{{"session", Object{{"type", "apiKey"},
                                                           {"in", "cookie"},
                                                           {"name", "vitrine_session"},
                                                           {"description",
                                                            "Of the web page; unsafe requests need an Origin of ours. Over HTTPS, here or "
                                                            "at a trusted proxy, it is called __Host-vitrine_session."}}},
                                        {"key", Object{{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}},
                                        {"token", Object{{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

}  // namespace vitrine::http
