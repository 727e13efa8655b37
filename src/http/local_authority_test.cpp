#include "http/local_authority.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <thread>

#include "core/id.hpp"
#include "core/log.hpp"

namespace vitrine::http {
namespace {

namespace fs = std::filesystem;
using std::chrono::days;
using std::chrono::hours;

class LocalAuthorityTest : public ::testing::Test {
protected:
    LocalAuthorityTest() : folder(fs::temp_directory_path() / ("vitrine_authority_" + to_string(make_uuid_v7()))) {
        log::set_level(log::Level::error);
    }
    ~LocalAuthorityTest() override { fs::remove_all(folder); }

    LocalAuthority open() { return LocalAuthority::open(folder, clock).value(); }
    std::string code() {
        auto opened = LocalAuthority::open(folder, clock);
        return opened ? "none" : opened.error().code;
    }
    static mode_t rights(const fs::path& path) {
        struct stat status {};
        ::stat(path.c_str(), &status);
        return status.st_mode & 0777;
    }
    static std::string read(const fs::path& path) {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    fs::path folder;
    ManualClock clock{Time{std::chrono::sys_days{std::chrono::November / 21 / 2026}}};
    const std::vector<std::string> names{"localhost", "ada.local", "192.168.1.5", "fd00::5"};
};

TEST_F(LocalAuthorityTest, it_is_made_once_and_its_keys_are_for_nobody_else) {
    auto first = open();
    first.certificate_for(names).value();
    EXPECT_EQ(rights(folder), 0700u);
    EXPECT_EQ(rights(folder / "authority.pem"), 0600u);
    EXPECT_EQ(rights(folder / "server.pem"), 0600u);
    EXPECT_EQ(rights(folder / "ca.pem"), 0644u);
    EXPECT_EQ(read(folder / "ca.pem").find("PRIVATE"), std::string::npos);
    EXPECT_EQ(open().fingerprint(), first.fingerprint());
    EXPECT_EQ(first.fingerprint().size(), 32 * 3 - 1u);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 3) << "nothing half written is left";
    EXPECT_TRUE(facts_of(first.pem())->authority);
}

TEST_F(LocalAuthorityTest, processes_that_start_together_agree_on_one_authority) {
    std::array<std::string, 8> fingerprints;
    {
        std::vector<std::jthread> starting;
        for (auto& fingerprint : fingerprints) starting.emplace_back([&] { fingerprint = open().fingerprint(); });
    }
    for (const auto& fingerprint : fingerprints) EXPECT_EQ(fingerprint, open().fingerprint());
}

TEST_F(LocalAuthorityTest, the_certificate_names_everything_and_is_short_enough_for_phones) {
    auto facts = facts_of(open().certificate_for(names)->chain).value();
    EXPECT_EQ(facts.names, names);
    EXPECT_FALSE(facts.authority);
    EXPECT_LT(facts.begins, clock.now()) << "a phone's clock may be behind";
    EXPECT_LE(facts.ends - facts.begins, days{398});
}

TEST_F(LocalAuthorityTest, a_certificate_stays_while_it_fits_and_is_renewed_when_it_does_not) {
    auto authority = open();
    auto first = authority.certificate_for(names).value();
    EXPECT_EQ(facts_of(authority.certificate_for({"localhost"})->chain)->ends, facts_of(first.chain)->ends);
    EXPECT_EQ(read(folder / "server.pem"), authority.certificate_for(names)->key) << "fewer names are no reason";

    auto moved = names;
    moved.push_back("192.168.1.6");
    auto after_moving = authority.certificate_for(moved).value();
    EXPECT_EQ(facts_of(after_moving.chain)->names, moved);
    EXPECT_NE(after_moving.key, first.key);

    clock.advance(days{360});
    EXPECT_EQ(facts_of(authority.certificate_for(moved)->chain)->ends, facts_of(after_moving.chain)->ends);
    clock.advance(days{10});
    EXPECT_GT(facts_of(authority.certificate_for(moved)->chain)->ends, clock.now() + days{390}) << "a month before its end";
}

TEST_F(LocalAuthorityTest, a_certificate_of_another_authority_or_with_a_damaged_key_is_made_again) {
    auto authority = open();
    auto first = authority.certificate_for(names).value();
    std::ofstream(folder / "server.pem") << "nonsense";
    auto second = authority.certificate_for(names).value();
    EXPECT_NE(second.key, first.key);
    fs::remove(folder / "authority.pem");
    auto other = open();
    EXPECT_NE(other.fingerprint(), authority.fingerprint());
    EXPECT_NE(other.certificate_for(names)->key, second.key) << "signed by the one that is gone";
    EXPECT_EQ(read(folder / "ca.pem"), other.pem());
}

TEST_F(LocalAuthorityTest, one_that_others_may_read_is_damaged_or_has_ended_is_refused_in_words) {
    open();
    fs::permissions(folder / "authority.pem", fs::perms{0644});
    EXPECT_EQ(code(), "tls.authority");
    fs::permissions(folder / "authority.pem", fs::perms{0600});
    EXPECT_EQ(code(), "none");
    auto whole = read(folder / "authority.pem");
    std::ofstream(folder / "authority.pem") << whole.substr(0, whole.size() / 2);
    EXPECT_EQ(code(), "tls.authority");
    std::ofstream(folder / "authority.pem") << whole;
    clock.advance(days{3651});
    EXPECT_EQ(code(), "tls.authority");
}

TEST_F(LocalAuthorityTest, a_clock_in_the_past_makes_no_authority_and_shortens_no_certificate) {
    ManualClock right = ManualClock(clock.now());
    ManualClock without_battery{Time{hours{5}}};
    auto refused = LocalAuthority::open(folder, without_battery);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "tls.clock");
    LocalAuthority::open(folder, right).value();
    auto facts = facts_of(LocalAuthority::open(folder, without_battery)->certificate_for(names)->chain).value();
    EXPECT_GT(facts.ends, right.now() + days{390});
}

}  // namespace
}  // namespace vitrine::http
