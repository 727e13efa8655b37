#include "auth/passwords.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace vitrine::auth {
namespace {

Settings cheap() {
    Settings settings;
    settings.password_memory_mib = 8;
    settings.password_passes = 1;
    return settings;
}

TEST(Passwords, the_right_one_is_right_and_another_is_not) {
    auto settings = cheap();
    Passwords passwords(settings);
    auto hash = passwords.hash("correct horse").value();
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=8192,t=1,p=1$")) << hash;
    EXPECT_TRUE(passwords.verify(hash, "correct horse").value());
    EXPECT_FALSE(passwords.verify(hash, "Correct horse").value());
    EXPECT_NE(passwords.hash("correct horse").value(), hash);  // salted
}

// Otherwise the time of an answer would tell which names exist.
TEST(Passwords, nobodys_hash_takes_the_work_of_a_real_one_and_fits_no_password) {
    auto settings = cheap();
    Passwords passwords(settings);
    auto hash = passwords.nobodys_hash();
    EXPECT_FALSE(passwords.outdated(hash));  // libsodium reads it as a hash of today's settings, so it computes it
    EXPECT_FALSE(passwords.verify(hash, "").value());
    EXPECT_FALSE(passwords.verify(std::nullopt, "correct horse").value());
}

TEST(Passwords, a_hash_of_other_settings_is_outdated) {
    auto settings = cheap();
    Passwords passwords(settings);
    auto hash = passwords.hash("correct horse").value();
    EXPECT_FALSE(passwords.outdated(hash));
    settings.password_passes = 2;
    EXPECT_TRUE(passwords.outdated(hash));
    EXPECT_TRUE(passwords.verify(hash, "correct horse").value());
}

TEST(Passwords, beyond_those_who_may_wait_the_answer_is_busy) {
    auto settings = cheap();
    settings.password_memory_mib = 64;
    settings.password_hashing_max = 1;
    settings.password_waiting_max = 1;
    Passwords passwords(settings);
    std::atomic<int> done{0}, busy{0};
    {
        std::vector<std::jthread> people;
        for (int i = 0; i < 16; ++i)
            people.emplace_back([&] {
                auto hash = passwords.hash("correct horse");
                if (hash)
                    ++done;
                else if (hash.error().code == "auth.busy" && hash.error().retry_after_seconds == 1)
                    ++busy;
            });
    }
    EXPECT_EQ(done + busy, 16);
    EXPECT_GE(done, 2);
    EXPECT_GE(busy, 1);
    EXPECT_TRUE(passwords.hash("correct horse"));  // and the places are free again
}

}  // namespace
}  // namespace vitrine::auth
