#include "store/group_commit.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "store/temporary.hpp"

namespace vitrine::store {
namespace {

constexpr Statement put_sql{"test.put", "INSERT INTO things (id) VALUES (:id)"};
constexpr Statement ids_sql{"test.ids", "SELECT id FROM things ORDER BY id"};
constexpr Statement roll_back_sql{"test.roll_back", "ROLLBACK"};

// Callers that are sure to share one COMMIT: the first works until all the others wait.
struct GroupCommitTest : testing::Test {
    TemporaryFolder folder;
    Metrics metrics;
    std::unique_ptr<GroupCommit> commits;

    void SetUp() override {
        auto connection = SqliteConnection::open(folder / "test.db", std::chrono::seconds{5}, SqliteConnection::Mode::writer).value();
        ASSERT_TRUE(connection->script("test.make", "CREATE TABLE things (id BIGINT PRIMARY KEY)"));
        commits = std::make_unique<GroupCommit>(std::move(connection), &metrics);
    }

    using Work = std::function<Result<void>(Transaction&)>;
    std::vector<Result<void>> run_together(std::vector<Work> works, std::vector<Synced> synced = {}) {
        synced.resize(works.size(), Synced::yes);
        std::vector<Result<void>> outcomes(works.size());
        std::vector<std::jthread> others;
        outcomes[0] = commits->run(
            [&](Transaction& tx) -> Result<void> {
                for (std::size_t i = 1; i < works.size(); ++i) {
                    others.emplace_back([&, i] { outcomes[i] = commits->run(works[i], synced[i]); });
                    while (commits->waiting() < i) std::this_thread::yield();  // so that they come in this order
                }
                return works[0](tx);
            },
            synced[0]);
        others.clear();
        return outcomes;
    }
    static Work put(std::int64_t id) {
        return [id](Transaction& tx) -> Result<void> {
            TRY(tx.execute(put_sql, {id}));
            return {};
        };
    }
    std::vector<std::int64_t> ids() {
        std::vector<std::int64_t> found;
        auto read = commits->run([&](Transaction& tx) -> Result<void> {
            for (const auto& row : TRY(tx.rows(ids_sql))) found.push_back(row.whole("id"));
            return {};
        });
        EXPECT_TRUE(read);
        return found;
    }
    bool counted(int commits_made, int writes_answered) {
        auto text = metrics.text();
        return text.find(fmt::format("vitrine_store_commits_total {}\n", commits_made)) != std::string::npos &&
               text.find(fmt::format("vitrine_store_writes_total {}\n", writes_answered)) != std::string::npos;
    }
};

TEST_F(GroupCommitTest, callers_that_wait_share_one_commit) {
    // A group that has been open for too long is closed early, so the work of the first is what makes it one or two.
    for (const auto& outcome : run_together({put(1), put(2), put(3), put(4)})) EXPECT_TRUE(outcome);
    EXPECT_TRUE(counted(1, 4) || counted(2, 4)) << metrics.text();
    EXPECT_EQ(ids(), (std::vector<std::int64_t>{1, 2, 3, 4}));
}

// Seen to fail: when it may join.
TEST_F(GroupCommitTest, who_must_be_on_the_disk_does_not_join_who_need_not) {
    auto outcomes = run_together({put(1), put(2), put(3), put(4)}, {Synced::no, Synced::no, Synced::yes, Synced::no});
    for (const auto& outcome : outcomes) EXPECT_TRUE(outcome);
    EXPECT_TRUE(counted(2, 4) || counted(3, 4)) << metrics.text();  // {1, 2} and {3, 4}
    EXPECT_EQ(ids(), (std::vector<std::int64_t>{1, 2, 3, 4}));
}

// Seen to fail: when what failed is not undone.
TEST_F(GroupCommitTest, an_error_of_one_does_not_harm_the_others) {
    auto fail = [](Transaction& tx) -> Result<void> {
        TRY(put(2)(tx));
        return Error{Kind::invalid, "test.no", "No."};
    };
    auto outcomes = run_together({put(1), fail, put(3)});
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().code, "test.no");
    EXPECT_TRUE(outcomes[2]);
    EXPECT_EQ(ids(), (std::vector<std::int64_t>{1, 3}));
}

// Seen to fail: when what failed is not undone.
TEST_F(GroupCommitTest, an_error_of_the_first_does_not_harm_the_others) {
    auto fail = [](Transaction& tx) -> Result<void> {
        TRY(put(1)(tx));
        return Error{Kind::invalid, "test.no", "No."};
    };
    auto outcomes = run_together({fail, put(2), put(3)});
    EXPECT_EQ(outcomes[0].error().code, "test.no");
    EXPECT_TRUE(outcomes[1]);
    EXPECT_TRUE(outcomes[2]);
    EXPECT_EQ(ids(), (std::vector<std::int64_t>{2, 3}));
}

// Seen to fail, by waiting for ever: when only who has joined may commit.
TEST_F(GroupCommitTest, an_error_of_the_last_does_not_keep_the_others_from_their_commit) {
    auto fail = [](Transaction&) -> Result<void> { return Error{Kind::invalid, "test.no", "No."}; };
    auto outcomes = run_together({put(1), put(2), fail});
    EXPECT_TRUE(outcomes[0]);
    EXPECT_TRUE(outcomes[1]);
    EXPECT_EQ(outcomes[2].error().code, "test.no");
    EXPECT_EQ(ids(), (std::vector<std::int64_t>{1, 2}));
}

// Seen to fail: when what failed is not undone.
TEST_F(GroupCommitTest, an_exception_of_one_does_not_harm_the_others) {
    bool escaped = false;
    std::jthread other;
    auto first = commits->run([&](Transaction& tx) -> Result<void> {
        other = std::jthread([&] {
            try {
                (void)commits->run([](Transaction& tx) -> Result<void> {
                    TRY(put(2)(tx));
                    throw std::runtime_error("escaped");
                });
            } catch (const std::runtime_error&) {
                escaped = true;
            }
        });
        while (commits->waiting() < 1) std::this_thread::yield();
        return put(1)(tx);
    });
    other.join();
    EXPECT_TRUE(first);
    EXPECT_TRUE(escaped);
    EXPECT_EQ(ids(), (std::vector<std::int64_t>{1}));
}

// Seen to fail: when nobody asks whether the transaction is still there.
TEST_F(GroupCommitTest, a_transaction_lost_by_one_is_an_error_for_all_who_joined_it_and_nothing_is_half_kept) {
    auto lose = [](Transaction& tx) -> Result<void> {
        TRY(tx.execute(roll_back_sql));  // as SQLite itself does when the disk is full
        EXPECT_EQ(tx.execute(put_sql, {9}).error().code, "store.unavailable");
        return {};
    };
    auto outcomes = run_together({put(1), lose, put(3)});
    EXPECT_EQ(outcomes[1].error().code, "store.unavailable");
    auto kept = ids();
    for (int i : {0, 2}) {
        bool there = std::ranges::find(kept, i + 1) != kept.end();
        EXPECT_EQ(outcomes[static_cast<std::size_t>(i)].has_value(), there);
    }
    EXPECT_TRUE(outcomes[2]);
}

// Seen to fail: when what failed is not undone.
TEST_F(GroupCommitTest, many_callers_all_get_their_own_answer) {
    {
        std::vector<std::jthread> callers;
        for (int thread = 0; thread < 8; ++thread)
            callers.emplace_back([&, thread] {
                for (int i = 0; i < 50; ++i) {
                    auto id = thread * 1000 + i;
                    auto outcome = commits->run([&](Transaction& tx) -> Result<void> {
                        TRY(put(id)(tx));
                        if (i % 5 == 0) return Error{Kind::invalid, "test.no", "No."};
                        return {};
                    });
                    EXPECT_EQ(outcome.has_value(), i % 5 != 0);
                }
            });
    }
    EXPECT_EQ(ids().size(), 8u * 40u);
}

}  // namespace
}  // namespace vitrine::store
