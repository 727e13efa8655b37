#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "auth/testing.hpp"

namespace vitrine::auth {
namespace {

const NewPassword password{std::string(test_password)};

std::string content(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Setup, the_workspace_is_there_before_its_owner_and_stays_the_same) {
    World world;
    EXPECT_EQ(must(world.accounts.ensure_workspace()), world.workspace);
    EXPECT_TRUE(must(world.accounts.setup_needed()));
    EXPECT_EQ(must(world.accounts.find_workspace(world.workspace)).name, "Home");
}

TEST(Setup, the_code_lies_in_a_private_file_and_makes_the_owner_once) {
    World world;
    auto file = world.data / "setup-code";
    auto code = must(world.accounts.open_setup(world.data.path())).value();
    EXPECT_EQ(content(file), code + "\n");
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);

    auto owner = must(world.accounts.set_up(code, "Ada", password, world.client));
    EXPECT_EQ(owner.person.role, Role::owner);
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_FALSE(must(world.accounts.setup_needed()));
    EXPECT_EQ(must(world.accounts.identify_session(owner.secret)).caller.workspace, world.workspace);

    EXPECT_EQ(world.accounts.set_up(code, "Bob", password, world.client).error().code, "auth.setup_done");
    EXPECT_EQ(must(world.accounts.open_setup(world.data.path())), std::nullopt);
}

TEST(Setup, a_code_may_be_typed_without_dashes_and_in_capitals) {
    World world;
    auto code = must(world.accounts.open_setup(world.data.path())).value();
    std::string typed;
    for (char c : code)
        if (c != '-') typed += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    EXPECT_TRUE(world.accounts.set_up(typed, "Ada", password, world.client));
}

TEST(Setup, five_wrong_codes_burn_the_right_one_until_the_next_start) {
    World world;
    auto code = must(world.accounts.open_setup(world.data.path())).value();
    for (int i = 0; i < 5; ++i) EXPECT_EQ(world.accounts.set_up("wrong", "Ada", password, world.client).error().code, "auth.setup_code");
    EXPECT_EQ(world.accounts.set_up(code, "Ada", password, world.client).error().code, "auth.setup_code");

    auto next = must(world.accounts.open_setup(world.data.path())).value();
    EXPECT_NE(next, code);
    EXPECT_EQ(world.accounts.set_up(code, "Ada", password, world.client).error().code, "auth.setup_code");
    EXPECT_TRUE(world.accounts.set_up(next, "Ada", password, world.client));
}

TEST(Setup, four_wrong_codes_leave_one_try) {
    World world;
    auto code = must(world.accounts.open_setup(world.data.path())).value();
    for (int i = 0; i < 4; ++i) EXPECT_FALSE(world.accounts.set_up("wrong", "Ada", password, world.client));
    EXPECT_TRUE(world.accounts.set_up(code, "Ada", password, world.client));
}

TEST(Setup, without_a_started_setup_no_code_works) {
    World world;
    EXPECT_EQ(world.accounts.set_up("", "Ada", password, world.client).error().code, "auth.setup_code");
}

TEST(Setup, a_link_in_place_of_the_file_is_not_followed) {
    World world;
    auto elsewhere = world.data / "elsewhere";
    std::filesystem::create_symlink(elsewhere, world.data / "setup-code");
    must(world.accounts.open_setup(world.data.path()));
    EXPECT_FALSE(std::filesystem::exists(elsewhere));
    EXPECT_FALSE(std::filesystem::is_symlink(world.data / "setup-code"));
}

TEST(Setup, a_data_folder_that_cannot_be_written_is_named) {
    World world;
    auto failed = world.accounts.open_setup(world.data / "missing");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, "auth.setup_file");
    EXPECT_NE(failed.error().message.find("missing/setup-code"), std::string::npos);
}

}  // namespace
}  // namespace vitrine::auth
