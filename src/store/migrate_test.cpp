#include "store/migrate.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "store/temporary.hpp"

namespace vitrine::store {
namespace {

constexpr EmbeddedFile first{"migrations/0001_shop.sql", R"(
-- Two statements, a comment; and a semicolon in a text.
CREATE TABLE shops (id BIGINT PRIMARY KEY, name TEXT NOT NULL DEFAULT 'a;b');
INSERT INTO shops (id) VALUES (1);
)"};
constexpr EmbeddedFile second{"migrations/0002_town.sql", "ALTER TABLE shops ADD COLUMN town TEXT; UPDATE shops SET town = 'Pisa';"};
constexpr EmbeddedFile second_edited{"migrations/0002_town.sql", "ALTER TABLE shops ADD COLUMN town TEXT; UPDATE shops SET town = 'Bari';"};
constexpr EmbeddedFile broken{"migrations/0002_town.sql", "UPDATE shops SET name = 'touched'; CREATE TABEL towns (id BIGINT);"};
constexpr EmbeddedFile data{"data/towns.csv", "Pisa"};
constexpr EmbeddedFile gap{"migrations/0003_late.sql", "SELECT 1"};
constexpr EmbeddedFile misnamed{"migrations/1_shop.sql", "SELECT 1"};

constexpr Statement find_sql{"test.find", "SELECT name, town FROM shops"};
constexpr Statement name_sql{"test.name", "SELECT name FROM shops"};

Result<void> migrate(Database& database, std::vector<EmbeddedFile> files) {
    std::vector<Migrations> rooms{{"shop", files}};
    return database.migrate(rooms);
}

TEST(Migrate, applies_what_is_missing_once_and_in_order) {
    TemporaryDatabase database;
    ASSERT_TRUE(migrate(*database, {first}));
    ASSERT_TRUE(migrate(*database, {second, data, first}));
    ASSERT_TRUE(migrate(*database, {first, second}));
    auto rows = database->read([](Transaction& tx) { return tx.rows(find_sql); }).value();
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].text("name"), "a;b");
    EXPECT_EQ(rows[0].text("town"), "Pisa");
}

TEST(Migrate, a_downgrade_is_refused_in_words) {
    TemporaryDatabase database;
    ASSERT_TRUE(migrate(*database, {first, second}));
    auto refused = migrate(*database, {first});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "store.downgrade");
    EXPECT_EQ(refused.error().path, "shop/0002_town.sql");
    EXPECT_NE(refused.error().message.find("newer"), std::string::npos);
}

TEST(Migrate, an_edited_migration_is_refused_in_words) {
    TemporaryDatabase database;
    ASSERT_TRUE(migrate(*database, {first, second}));
    auto refused = migrate(*database, {first, second_edited});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "store.migration_changed");
    EXPECT_EQ(refused.error().path, "shop/0002_town.sql");
}

TEST(Migrate, a_migration_that_fails_leaves_nothing_and_is_named) {
    TemporaryDatabase database;
    ASSERT_TRUE(migrate(*database, {first}));
    auto failed = migrate(*database, {first, broken});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().path, "shop/0002_town.sql");
    auto row = database->read([](Transaction& tx) { return tx.row(name_sql); }).value().value();
    EXPECT_EQ(row.text("name"), "a;b");
    EXPECT_TRUE(migrate(*database, {first, second}));  // repaired, it goes on
}

TEST(Migrate, a_gap_or_a_strange_name_is_refused) {
    TemporaryDatabase database;
    EXPECT_EQ(migrate(*database, {first, gap}).error().code, "store.migration_misnamed");
    EXPECT_EQ(migrate(*database, {misnamed}).error().code, "store.migration_misnamed");
}

TEST(Migrate, each_engine_gets_its_own_words_where_there_are_any) {
    constexpr EmbeddedFile first_postgres{"migrations/0001_shop.postgres.sql", "CREATE TABLE shops (id BYTEA);"};
    std::vector<EmbeddedFile> files{first_postgres, first, second};
    std::vector<Migrations> rooms{{"shop", files}};
    auto names = [&](Engine engine) {
        std::vector<std::string> names;
        auto listed = list_migrations(rooms, engine).value();
        for (const auto& one : listed) names.push_back(one.name);
        return names;
    };
    EXPECT_EQ(names(Engine::sqlite), (std::vector<std::string>{"0001_shop.sql", "0002_town.sql"}));
    EXPECT_EQ(names(Engine::postgres), (std::vector<std::string>{"0001_shop.postgres.sql", "0002_town.sql"}));
    files = {first_postgres, second};
    rooms = {{"shop", files}};
    EXPECT_FALSE(list_migrations(rooms, Engine::sqlite));
}

TEST(Migrate, two_that_migrate_at_once_apply_each_file_once) {
    TemporaryDatabase database;
    {
        std::vector<std::jthread> processes;
        for (int i = 0; i < 4; ++i)
            processes.emplace_back([&] {
                auto own = Database::open(database.place().options()).value();
                auto done = migrate(*own, {first, second});
                EXPECT_TRUE(done) << done.error().message;
            });
    }
    EXPECT_EQ(database->read([](Transaction& tx) { return tx.rows(find_sql); }).value().size(), 1u);
}

}  // namespace
}  // namespace vitrine::store
