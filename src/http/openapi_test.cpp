#include <gtest/gtest.h>

#include "http/testing.hpp"

namespace vitrine::http::testing {
namespace {

struct Colour {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(Colour, (), (name))
struct Shirt {
    std::string title;
    std::vector<Colour> colours;
    std::optional<Colour> main;
};
BOOST_DESCRIBE_STRUCT(Shirt, (), (title, colours, main))

Router shirts() {
    Router router;
    router.add(with_body<Shirt, Shirt>(
        Method::post, "/api/v1/shirts", Right::write, "shirts.create", "Makes a shirt.",
        [](Request&, Shirt shirt) -> Result<Shirt> { return shirt; }, 201));
    router.add(
        http::get<Shirt>("/api/v1/shirts/{id}", Right::read, "shirts.find", "A shirt.", [](Request&) -> Result<Shirt> { return Shirt{}; }));
    Route photos{Method::post, "/api/v1/photos", Right::upload, "photos.create", "Takes photos."};
    photos.body_kind = BodyKind::photos;
    photos.idempotent = true;
    photos.query = {{"again", "Even when it was there before.", json::Object{{"type", "boolean"}}}};
    photos.body_schema = json::Object{{"type", "object"}, {"properties", json::Object{{"language", json::Object{{"type", "string"}}}}}};
    router.add(std::move(photos));
    Route change{Method::patch, "/api/v1/shirts/{id}", Right::write, "shirts.change", "Changes a shirt."};
    change.if_match = true;
    router.add(std::move(change));
    router.add(openapi_route(router, "1"));
    router.add(docs_route());
    return router;
}

TEST(OpenApi, named_schemas_stand_once_and_are_referred_to_at_any_depth) {
    auto router = shirts();
    auto document = openapi(router.routes(), "1.2.3");
    auto at = [&](const char* pointer) -> const json::Value& { return document.at_pointer(pointer); };
    auto shirt = json::schema<Shirt>().at("title").as_string();
    auto reference = "#/components/schemas/" + std::string(shirt);
    EXPECT_EQ(at("/paths/~1api~1v1~1shirts/post/requestBody/content/application~1json/schema/$ref").as_string(), reference);
    EXPECT_EQ(at("/paths/~1api~1v1~1shirts~1{id}/get/responses/200/content/application~1json/schema/$ref").as_string(), reference);
    const auto& properties = at("/components/schemas").at(shirt).at("properties");
    EXPECT_EQ(properties.at("title").at("type").as_string(), "string") << "a property that is called title stays one";
    EXPECT_EQ(properties.at("colours").at("items").at("$ref").as_string(),
              "#/components/schemas/" + std::string(json::schema<Colour>().at("title").as_string()));
    EXPECT_EQ(properties.at("main"), properties.at("colours").at("items"));
}

TEST(OpenApi, an_operation_carries_its_right_its_parameters_and_its_problems) {
    auto router = shirts();
    auto document = openapi(router.routes(), "1.2.3");
    const auto& upload = document.at_pointer("/paths/~1api~1v1~1photos/post");
    EXPECT_EQ(upload.at("operationId").as_string(), "photos.create");
    EXPECT_EQ(upload.at("x-right").as_string(), "upload");
    EXPECT_EQ(upload.at("parameters").as_array().size(), 2u) << "again, Idempotency-Key";
    const auto& form = upload.at_pointer("/requestBody/content/multipart~1form-data/schema/properties").as_object();
    EXPECT_EQ(form.at("photo").at("maxItems").as_int64(), 20);
    EXPECT_TRUE(form.contains("language"));
    EXPECT_TRUE(upload.at_pointer("/responses").as_object().contains("413"));
    EXPECT_EQ(document.at_pointer("/paths/~1api~1v1~1shirts~1{id}/get/parameters/0/name").as_string(), "id");
    EXPECT_TRUE(document.at_pointer("/paths/~1api~1docs/get/security").as_array().empty());
    const auto& change = document.at_pointer("/paths/~1api~1v1~1shirts~1{id}/patch");
    EXPECT_EQ(change.at_pointer("/parameters/1/$ref").as_string(), "#/components/parameters/IfMatch");
    EXPECT_TRUE(change.at("responses").as_object().contains("412"));
}

TEST(OpenApi, the_same_rows_in_another_order_give_the_same_bytes) {
    auto rows = shirts().routes();
    auto text = json::print(openapi(rows, "1"));
    std::reverse(rows.begin(), rows.end());
    EXPECT_EQ(json::print(openapi(rows, "1")), text);
}

class DocsTest : public ServerTest {};

TEST_F(DocsTest, the_description_is_served_with_a_page_that_runs_nothing_but_itself) {
    router.add(openapi_route(router, "1.2.3"));
    router.add(docs_route());
    auto client = connect();
    auto description = client.ask(get("/api/openapi.json"));
    EXPECT_EQ(description.json().at("info").at("version").as_string(), "1.2.3");
    EXPECT_EQ(client.ask(get("/api/openapi.json", fmt::format("If-None-Match: {}\r\n", description.header("etag")))).status, 304);
    auto page = client.ask(get("/api/docs"));
    EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
    auto policy = page.header("content-security-policy");
    EXPECT_NE(policy.find("script-src 'sha256-"), std::string::npos) << policy;
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    EXPECT_EQ(page.body.find("http://"), std::string::npos);
    EXPECT_EQ(page.body.find("https://"), std::string::npos) << "nothing comes from elsewhere";
}

}  // namespace
}  // namespace vitrine::http::testing
