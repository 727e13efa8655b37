#include "photo/decoding_jail.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/json.hpp"
#include "photo/jail_letters.hpp"
#include "photo/photos_for_tests.hpp"

namespace vitrine::photo {
namespace {

using namespace std::chrono_literals;

// This test program is also the child: started with this one test, it decodes instead.
TEST(DecodingJailChild, DISABLED_Decodes) {
    decode_in_jail();
}
JailOptions options() {
    return {.program = "/proc/self/exe",
            .arguments = {"--gtest_filter=DecodingJailChild.DISABLED_Decodes", "--gtest_also_run_disabled_tests"}};
}

// One whose decoder fails at every photo, as if taken over by it.
TEST(DecodingJailChild, DISABLED_DiesOfItsPhoto) {
    std::array<char, letter_bytes_max> letter{};
    ::recv(jail_socket, letter.data(), letter.size(), 0);
    const auto ready = json::print(json::write(JailAnswer{}));
    ::send(jail_socket, ready.data(), ready.size(), 0);
    ::recv(jail_socket, letter.data(), letter.size(), 0);
    std::signal(SIGSEGV, SIG_DFL);
    std::raise(SIGSEGV);
}
// One that tells sizes for which there is no room.
TEST(DecodingJailChild, DISABLED_Lies) {
    std::array<char, letter_bytes_max> letter{};
    JailAnswer answer;
    for (;;) {
        if (::recv(jail_socket, letter.data(), letter.size(), 0) <= 0) ::_exit(0);
        const auto text = json::print(json::write(answer));
        ::send(jail_socket, text.data(), text.size(), 0);
        answer.width = answer.height = answer.largest_width = answer.largest_height = 1 << 30;
        answer.working_width = answer.working_height = 4;
    }
}
JailOptions with_child(const std::string& test) {
    auto changed = options();
    changed.arguments.front() = "--gtest_filter=DecodingJailChild.DISABLED_" + test;
    return changed;
}

void expect_same(const Decoded& one, const Decoded& other) {
    EXPECT_EQ(one.header.format, other.header.format);
    EXPECT_EQ(one.header.width, other.header.width);
    EXPECT_EQ(one.header.height, other.header.height);
    EXPECT_EQ(one.perceptual_hash, other.perceptual_hash);
    EXPECT_EQ(one.largest.width, other.largest.width);
    EXPECT_TRUE(one.largest.rgb == other.largest.rgb);
    EXPECT_TRUE(one.working.rgb == other.working.rgb);
}

TEST(DecodingJail, DecodesEveryFormatAsInThisProcess) {
    DecodingJail jail(options());
    const auto scene = testing::blobs(1, 3000, 2000);
    for (const auto& file : {testing::jpeg(scene), testing::progressive_jpeg(scene), testing::cmyk_jpeg(scene), testing::grey_jpeg(scene),
                             testing::png(scene), testing::png_16_bit(scene), testing::webp(scene), testing::heic(testing::scene()),
                             testing::avif(testing::scene()), testing::read("grid.heic"), testing::read("turned.heic"),
                             testing::with_profile(scene, "p3"), testing::jpeg_with(testing::jpeg(scene), testing::exif(6))}) {
        auto here = decode(file), there = jail.decode(file);
        ASSERT_TRUE(here) << here.error().message;
        ASSERT_TRUE(there) << there.error().message;
        expect_same(*here, *there);
    }
    EXPECT_EQ(jail.children().size(), 1u);
}

TEST(DecodingJail, PixelsStayWhileTheyAreHeldWhateverIsDecodedNext) {
    DecodingJail jail(options());
    const auto one = testing::jpeg(testing::blobs(1, 1600, 1200)), other = testing::jpeg(testing::blobs(2, 1600, 1200));
    auto held = jail.decode(one);
    ASSERT_TRUE(held);
    ASSERT_TRUE(jail.decode(other).has_value());
    expect_same(*decode(one), *held);
    auto copy = held->working;
    held = jail.decode(other);
    EXPECT_TRUE(copy.rgb == decode(one)->working.rgb) << "a copy has pixels of its own";
}

TEST(DecodingJail, RefusesInTheSameWords) {
    DecodingJail jail(options());
    auto cut = testing::jpeg(testing::blobs(1));
    cut.resize(cut.size() / 2);
    for (const auto& file : {testing::File{}, testing::gif(), cut}) {
        auto here = decode(file), there = jail.decode(file);
        ASSERT_FALSE(here);
        ASSERT_FALSE(there);
        EXPECT_EQ(here.error().code, there.error().code);
        EXPECT_EQ(here.error().message, there.error().message);
        EXPECT_EQ(there.error().kind, Kind::invalid);
    }
}

TEST(DecodingJail, AChildThatWasKilledIsReplacedAndThePhotoDecoded) {
    DecodingJail jail(options());
    ASSERT_TRUE(jail.warm());
    const auto child = jail.children().at(0);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    EXPECT_TRUE(jail.decode(testing::jpeg(testing::scene())).has_value());
    EXPECT_NE(jail.children().at(0), child);
}

TEST(DecodingJail, AChildThatHangsIsEndedAndItsPhotoRefused) {
    auto impatient = options();
    impatient.time_max = 200ms;
    DecodingJail jail(impatient);
    ASSERT_TRUE(jail.warm());
    const auto child = jail.children().at(0);
    ::kill(child, SIGSTOP);
    auto decoded = jail.decode(testing::jpeg(testing::scene()));
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, "photo.too_slow");
    EXPECT_TRUE(jail.children().empty());
    EXPECT_NE(::kill(child, 0), 0);
}

// A child that was taken over by its photo finds nothing: no other descriptors, no environment, no privileges to gain.
TEST(DecodingJail, ItsChildHoldsNothingOfOurs) {
    int secret[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, secret), 0);  // inherited by whom is not careful
    ::setenv("VITRINE_SECRET", "42", 1);
    DecodingJail jail(options());
    ASSERT_TRUE(jail.warm());
    const auto process = std::filesystem::path("/proc") / std::to_string(jail.children().at(0));
    std::vector<std::string> open;
    for (const auto& entry : std::filesystem::directory_iterator(process / "fd")) open.push_back(entry.path().filename().string());
    EXPECT_THAT(open, ::testing::UnorderedElementsAre("0", "1", "2", "3"));
    std::ifstream environment(process / "environ");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(environment), {}), "");
    std::ifstream status(process / "status");
    const std::string text{std::istreambuf_iterator<char>(status), {}};
    EXPECT_THAT(text, ::testing::HasSubstr("Seccomp:\t2"));
    EXPECT_THAT(text, ::testing::HasSubstr("NoNewPrivs:\t1"));
    ::close(secret[0]);
    ::close(secret[1]);
}

TEST(DecodingJail, ManyCallersShareFewChildren) {
    DecodingJail jail(options());
    const auto file = testing::jpeg(testing::blobs(3));
    std::vector<std::jthread> callers;
    std::atomic<int> good = 0;
    for (int caller = 0; caller < 6; ++caller)
        callers.emplace_back([&] {
            for (int i = 0; i < 5; ++i) good += jail.decode(file).has_value();
        });
    callers.clear();
    EXPECT_EQ(good, 30);
    EXPECT_LE(jail.children().size(), 2u);
}

TEST(DecodingJail, APhotoThatKillsTwoChildrenIsRefused) {
    DecodingJail jail(with_child("DiesOfItsPhoto"));
    auto decoded = jail.decode(testing::jpeg(testing::scene()));
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, "photo.decoder_died");
    EXPECT_EQ(decoded.error().kind, Kind::invalid);
}

TEST(DecodingJail, AChildThatLiesAboutSizesIsNotBelieved) {
    DecodingJail jail(with_child("Lies"));
    auto decoded = jail.decode(testing::jpeg(testing::scene()));
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, "photo.damaged");
}

TEST(DecodingJail, AProgramThatIsNotThereIsSaid) {
    DecodingJail jail({.program = "/nowhere/vitrine"});
    auto decoded = jail.decode(testing::jpeg(testing::scene()));
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, "photo.jail");
    EXPECT_EQ(decoded.error().kind, Kind::unavailable);
}

}  // namespace
}  // namespace vitrine::photo
