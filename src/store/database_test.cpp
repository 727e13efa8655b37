#include "store/database.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <thread>

#include "store/temporary.hpp"

namespace vitrine::store {
namespace {

constexpr EmbeddedFile files[] = {
    {"migrations/0001_shelf.sql",
     "CREATE TABLE things (id TEXT PRIMARY KEY, number BIGINT, share REAL, picture BLOB, note TEXT, at BIGINT);\n"
     "CREATE TABLE parts (id TEXT PRIMARY KEY, thing TEXT NOT NULL REFERENCES things (id));"},
    {"migrations/0001_shelf.postgres.sql",
     "CREATE TABLE things (id TEXT PRIMARY KEY, number BIGINT, share DOUBLE PRECISION, picture BYTEA, note TEXT, at BIGINT);\n"
     "CREATE TABLE parts (id TEXT PRIMARY KEY, thing TEXT NOT NULL REFERENCES things (id));"}};
const std::vector<Migrations> shelf{{"shelf", files}};

constexpr Statement put_sql{"shelf.put", "INSERT INTO things (id, number) VALUES (:id, :number)"};
constexpr Statement put_all_sql{
    "shelf.put_all", "INSERT INTO things (id, number, share, picture, note, at) VALUES (:id, :number, :share, :picture, :note, :at)"};
constexpr Statement find_sql{"shelf.find", "SELECT * FROM things WHERE id = :id"};
constexpr Statement count_sql{"shelf.count", "SELECT count(*) AS n, sum(number) AS total, avg(number) AS mean FROM things"};
constexpr Statement forget_sql{"shelf.forget", "DELETE FROM things"};
constexpr Statement put_part_sql{"shelf.put_part", "INSERT INTO parts (id, thing) VALUES (:id, :thing)"};
constexpr Statement span_sql{"shelf.span", "SELECT count(*) AS n FROM things WHERE number >= :low AND number <= :high AND number <> :low"};

Result<void> put(Transaction& tx, std::string_view id, std::int64_t number) {
    TRY(tx.execute(put_sql, {id, number}));
    return {};
}

std::int64_t count(Database& database) {
    return database.read([](Transaction& tx) -> Result<std::int64_t> { return TRY(tx.row(count_sql))->whole("n"); }).value();
}

TEST(Database, every_kind_of_value_comes_back_as_it_went_in) {
    TemporaryDatabase database(shelf);
    const std::string note{"naïve \0 ☕", std::size_t{database->is_server() ? 6u : 11u}};
    const std::vector<std::uint8_t> picture{0, 255, 0, 7};
    const Time at{std::chrono::milliseconds{1'795'260'766'123}};  // beyond 32 bits
    auto done = database->write([&](Transaction& tx) -> Result<Row> {
        TRY(tx.execute(put_all_sql, {"a", std::numeric_limits<std::int64_t>::min(), 0.1, picture, note, at}));
        TRY(tx.execute(put_all_sql, {"b", nullptr, std::optional<double>(), std::vector<std::uint8_t>(), "", std::optional<Time>()}));
        return TRY(tx.row_or(find_sql, {"a"}, "shelf.not_found", "It is gone."));
    });
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->whole("number"), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(done->real("share"), 0.1);
    EXPECT_EQ(done->bytes("picture"), picture);
    EXPECT_EQ(done->text("note"), note);
    EXPECT_EQ(done->time("at"), at);

    auto empty = database->read([](Transaction& tx) { return tx.row(find_sql, {"b"}); }).value().value();
    EXPECT_TRUE(empty.is_null("number"));
    EXPECT_EQ(empty.whole_if("number"), std::nullopt);
    EXPECT_EQ(empty.time_if("at"), std::nullopt);
    EXPECT_TRUE(empty.bytes("picture").empty());  // empty bytes are not NULL
    EXPECT_EQ(empty.text("note"), "");
}

TEST(Database, a_text_is_kept_whole_or_refused) {
    TemporaryDatabase database(shelf);
    for (const auto& text : {std::string("cut\0off", 7), std::string("no UTF-8: \xff")}) {
        auto done = database->write([&](Transaction& tx) -> Result<std::string> {
            TRY(tx.execute(put_all_sql, {"a", 1, 0.5, nullptr, text, nullptr}));
            auto row = TRY(tx.row_or(find_sql, {"a"}, "", ""));
            TRY(tx.execute(forget_sql));
            return row.text("note");
        });
        if (database->is_server()) {  // PostgreSQL keeps only texts that are UTF-8 without NUL
            EXPECT_EQ(done.error().code, "store.text");
        } else {
            EXPECT_EQ(done.value(), text);
        }
    }
}

// Seen to fail on PostgreSQL: without the lock.
TEST(Database, who_decides_by_what_it_read_takes_a_lock) {
    TemporaryDatabase database(shelf);
    {
        std::vector<std::jthread> writers;
        for (int i = 0; i < 4; ++i)
            writers.emplace_back([&] {
                for (int turn = 0; turn < 25; ++turn)
                    EXPECT_TRUE(database->write([&](Transaction& tx) -> Result<void> {
                        TRY(tx.lock("the count"));
                        auto next = TRY(tx.row(count_sql))->whole("n");
                        return put(tx, std::to_string(next), next);
                    }));
            });
    }
    EXPECT_EQ(count(*database), 100);
}

TEST(Database, locks_of_two_names_do_not_wait_for_each_other) {
    TemporaryDatabase database(shelf);
    if (!database->is_server()) GTEST_SKIP() << "SQLite writes one at a time";
    auto done = database->write([&](Transaction& tx) -> Result<void> {
        TRY(tx.lock("mine"));
        std::jthread([&] { EXPECT_TRUE(database->write([](Transaction& other) { return other.lock("theirs"); })); }).join();
        return {};
    });
    EXPECT_TRUE(done);
}

TEST(Database, work_that_goes_on_after_a_failed_statement_is_not_committed_as_if_nothing_had_happened) {
    TemporaryDatabase database(shelf);
    auto done = database->write([](Transaction& tx) -> Result<void> {
        TRY(put(tx, "a", 1));
        (void)put(tx, "a", 2);
        return {};
    });
    // SQLite can go on; PostgreSQL cannot, and says so.
    EXPECT_EQ(done.has_value(), count(*database) == 1);
    if (!done) {
        EXPECT_EQ(done.error().code, "store.conflict");
    }
}

TEST(Database, an_expression_keeps_its_own_type) {
    TemporaryDatabase database(shelf);
    auto row = database->write([](Transaction& tx) -> Result<Row> {
        TRY(put(tx, "a", 5'000'000'000));
        TRY(put(tx, "b", 5'000'000'001));
        return TRY(tx.row_or(count_sql, {}, "", ""));
    });
    ASSERT_TRUE(row) << row.error().message;
    EXPECT_EQ(row->whole("n"), 2);
    EXPECT_EQ(row->whole("total"), 10'000'000'001);
    EXPECT_EQ(row->real("mean"), 5'000'000'000.5);
}

TEST(Database, a_parameter_named_twice_is_bound_once) {
    TemporaryDatabase database(shelf);
    auto row = database->write([](Transaction& tx) -> Result<Row> {
        for (int i = 0; i < 5; ++i) TRY(put(tx, std::to_string(i), i));
        return TRY(tx.row_or(span_sql, {1, 3}, "", ""));
    });
    EXPECT_EQ(row.value().whole("n"), 2);
}

TEST(Database, a_wrong_number_of_values_is_an_error) {
    TemporaryDatabase database(shelf);
    auto done = database->write([](Transaction& tx) { return tx.execute(put_sql, {"a"}); });
    EXPECT_EQ(done.error().code, "store.internal");
}

TEST(Database, nothing_of_a_failed_write_is_kept) {
    TemporaryDatabase database(shelf);
    bool told = false;
    auto done = database->write([&](Transaction& tx) -> Result<void> {
        TRY(put(tx, "a", 1));
        tx.after_commit([&] { told = true; });
        return Error{Kind::invalid, "shelf.no", "No."};
    });
    EXPECT_EQ(done.error().code, "shelf.no");
    EXPECT_EQ(count(*database), 0);
    EXPECT_FALSE(told);
}

TEST(Database, an_exception_passes_through_and_nothing_is_kept) {
    TemporaryDatabase database(shelf);
    auto work = [](Transaction& tx) -> Result<void> {
        TRY(put(tx, "a", 1));
        throw std::runtime_error("escaped");
    };
    EXPECT_THROW((void)database->write(work), std::runtime_error);
    EXPECT_EQ(count(*database), 0);
    EXPECT_TRUE(database->write([](Transaction& tx) { return put(tx, "a", 1); }));
}

TEST(Database, what_runs_after_the_commit_sees_it_and_runs_in_order) {
    TemporaryDatabase database(shelf);
    std::vector<std::int64_t> seen;
    ASSERT_TRUE(database->write([&](Transaction& tx) -> Result<void> {
        tx.after_commit([&] { seen.push_back(count(*database)); });
        tx.after_commit([&] { throw std::runtime_error("must not fail, but if it does the write stands"); });
        tx.after_commit([&] { seen.push_back(-1); });
        return put(tx, "a", 1);
    }));
    EXPECT_EQ(seen, (std::vector<std::int64_t>{1, -1}));
}

TEST(Database, a_repeated_key_is_a_conflict_that_names_the_constraint) {
    TemporaryDatabase database(shelf);
    auto twice = database->write([](Transaction& tx) -> Result<void> {
        TRY(put(tx, "a", 1));
        return put(tx, "a", 2);
    });
    EXPECT_EQ(twice.error().kind, Kind::conflict);
    EXPECT_EQ(twice.error().code, "store.conflict");
    EXPECT_EQ(twice.error().path, "things.id");
}

// They may share a transaction, and the one that is refused takes no other with it.
TEST(Database, writes_that_ask_nothing_are_each_kept_or_refused_by_themselves) {
    TemporaryDatabase database(shelf);
    ASSERT_TRUE(database->write([](Transaction& tx) { return put(tx, "taken", 1); }));
    std::atomic<int> refused = 0, told = 0;
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 8; ++thread)
            threads.emplace_back([&, thread] {
                for (int i = 0; i < 10; ++i) {
                    bool bad = thread == 0 && i % 2 == 0;
                    auto id = bad ? std::string("taken") : fmt::format("{}-{}", thread, i);
                    auto done = database->write([&](Transaction& tx) -> Result<void> {
                        tx.after_commit([&] { ++told; });
                        TRY(tx.send(put_sql, {id + " too", 1}));
                        return tx.send(put_sql, {id, 1});
                    });
                    EXPECT_EQ(done.has_value(), !bad) << id;
                    if (!done) EXPECT_EQ(done.error().kind, Kind::conflict);
                    refused += done ? 0 : 1;
                }
            });
    }
    EXPECT_EQ(refused, 5);
    EXPECT_EQ(told, 75);
    EXPECT_EQ(count(*database), 1 + 2 * 75);
}

TEST(Database, what_is_sent_is_seen_by_the_next_statement) {
    TemporaryDatabase database(shelf);
    auto seen = database->write([](Transaction& tx) -> Result<std::int64_t> {
        TRY(tx.send(put_sql, {"a", 1}));
        auto first = TRY(tx.row(count_sql))->whole("n");
        TRY(tx.send(put_sql, {"b", 1}));
        return first;
    });
    EXPECT_EQ(seen.value(), 1);
    EXPECT_EQ(count(*database), 2);
}

TEST(Database, a_reference_to_nothing_is_a_conflict) {
    TemporaryDatabase database(shelf);
    auto done = database->write([](Transaction& tx) { return tx.execute(put_part_sql, {"p", "nothing"}); });
    EXPECT_EQ(done.error().code, "store.conflict");
}

TEST(Database, errors_do_not_hold_bound_values) {
    TemporaryDatabase database(shelf);
    auto put_secret = [](Transaction& tx) { return put(tx, "a-secret", 1); };
    ASSERT_TRUE(database->write(put_secret));
    auto error = database->write(put_secret).error();
    EXPECT_EQ((error.message + error.path).find("a-secret"), std::string::npos);
}

TEST(Database, a_read_sees_one_snapshot_and_cannot_write) {
    TemporaryDatabase database(shelf);
    auto seen = database->read([&](Transaction& tx) -> Result<std::pair<std::int64_t, std::int64_t>> {
        auto before = TRY(tx.row(count_sql))->whole("n");
        std::jthread([&] { ASSERT_TRUE(database->write([](Transaction& other) { return put(other, "a", 1); })); }).join();
        return std::pair{before, TRY(tx.row(count_sql))->whole("n")};
    });
    EXPECT_EQ(seen.value(), (std::pair<std::int64_t, std::int64_t>{0, 0}));
    EXPECT_EQ(count(*database), 1);
    auto refused = database->read([](Transaction& tx) { return put(tx, "b", 1); });
    EXPECT_EQ(refused.error().code, "store.internal");
}

TEST(Database, the_file_is_for_its_owner_alone) {
    TemporaryDatabase database(shelf);
    if (database->is_server()) GTEST_SKIP() << "of SQLite's file";
    ASSERT_TRUE(database->write([](Transaction& tx) { return put(tx, "a", 1); }));
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        struct stat status {};
        ASSERT_EQ(::stat((database.file().string() + suffix).c_str(), &status), 0) << suffix;
        EXPECT_EQ(status.st_mode & 0777, 0600u) << suffix;
    }
}

TEST(Database, a_path_with_spaces_and_umlauts_opens) {
    TemporaryFolder folder;
    auto file = folder / "my dätä; timeout=1.db";
    ASSERT_TRUE(Database::open({.file = file}));
    EXPECT_TRUE(std::filesystem::exists(file));
}

TEST(Database, what_is_not_a_database_is_refused_and_left_alone) {
    TemporaryFolder folder;
    const std::string text = "Dear diary, " + std::string(5000, 'x');
    std::ofstream(folder / "notes.txt") << text;
    auto opened = Database::open({.file = folder / "notes.txt"});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, "store.corrupt");
    std::ifstream again(folder / "notes.txt");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(again), {}), text);
}

TEST(Database, a_folder_that_is_missing_is_said) {
    TemporaryFolder folder;
    auto opened = Database::open({.file = folder / "no" / "such" / "vitrine.db"});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, "store.unavailable");
    EXPECT_NE(opened.error().path.find("vitrine.db"), std::string::npos);
}

TEST(Database, a_sound_file_is_ok) {
    TemporaryDatabase database(shelf);
    if (database->is_server()) GTEST_SKIP() << "of SQLite's file";
    EXPECT_EQ(database->check().value(), "ok");
}

TEST(Database, two_statements_with_one_name_are_refused) {
    TemporaryDatabase database(shelf);
    static constexpr Statement other{"shelf.put", "DELETE FROM things"};
    auto done = database->write([](Transaction& tx) -> Result<void> {
        TRY(put(tx, "a", 1));
        TRY(tx.execute(other));
        return {};
    });
    EXPECT_EQ(done.error().code, "store.internal");
    EXPECT_EQ(count(*database), 0);
}

TEST(DatabaseDeathTest, a_write_inside_a_write_asserts) {
    TemporaryDatabase database(shelf);
    EXPECT_DEBUG_DEATH(
        (void)database->write([&](Transaction&) { return database->write([](Transaction& tx) { return put(tx, "a", 1); }); }),
        "on one thread");
}

TEST(Database, damaged_json_in_a_row_is_corrupt) {
    TemporaryDatabase database(shelf);
    auto row = database->write([](Transaction& tx) -> Result<Row> {
        TRY(tx.execute(put_all_sql, {"a", 1, 1.0, nullptr, "{\"half\":", nullptr}));
        return tx.row_or(find_sql, {"a"}, "", "");
    });
    EXPECT_EQ(row.value().json("note").error().kind, Kind::corrupt);
}

}  // namespace
}  // namespace vitrine::store
