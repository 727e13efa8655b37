#include "vision/pack_pickle.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace vitrine::vision {
namespace {

// Writes what PyTorch before 1.6 wrote, step by step, so that a test can leave the path anywhere.
class File {
public:
    File& steps(std::string_view raw) {
        bytes_ += raw;
        return *this;
    }
    File& text(std::string_view words) {
        bytes_ += 'X';
        number(static_cast<std::uint32_t>(words.size()));
        bytes_ += words;
        return *this;
    }
    File& whole(std::int32_t value) {
        bytes_ += 'J';
        return number(value);
    }
    template <class T>
    File& number(T value) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
        return *this;
    }
    File& tuple(std::initializer_list<std::int32_t> values) {
        steps("(");
        for (auto value : values) whole(value);
        return steps("t");
    }

    File& head() {
        steps({"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15});
        steps({"\x80\x02M\xe9\x03.", 6});
        return steps({"\x80\x02}.", 4});
    }
    // One entry of the state dict, on a dict that is on the stack.
    File& tensor(std::string_view name, std::string_view key, std::int32_t count, std::int32_t offset,
                 std::initializer_list<std::int32_t> sizes, std::initializer_list<std::int32_t> strides,
                 std::string_view type = "FloatStorage") {
        text(name)
            .steps("ctorch._utils\n_rebuild_tensor_v2\n((")
            .text("storage")
            .steps("ctorch\n")
            .steps(type)
            .steps("\n")
            .text(key)
            .text("cpu")
            .whole(count)
            .steps("NtQ");
        whole(offset).tuple(sizes).tuple(strides);
        return steps(
            "\x89"
            "ccollections\nOrderedDict\n)RtRs");
    }
    File& keys(std::initializer_list<std::string_view> keys) {
        steps({"\x80\x02](", 4});
        for (auto key : keys) text(key);
        return steps("e.");
    }
    File& storage(std::initializer_list<float> values) {
        number(static_cast<std::int64_t>(values.size()));
        for (auto value : values) number(value);
        return *this;
    }

    Result<std::map<std::string, StateTensor>> read() const { return read_state_dict(bytes()); }
    std::span<const std::uint8_t> bytes() const { return {reinterpret_cast<const std::uint8_t*>(bytes_.data()), bytes_.size()}; }

private:
    std::string bytes_;
};

const std::string_view dict{"\x80\x02}", 3};

File matrix() {
    return File().head().steps(dict).tensor("weight", "7", 6, 0, {2, 3}, {3, 1}).steps(".").keys({"7"}).storage({1, 2, 3, 4, 5, 6});
}

void refused(const File& file, std::string_view because) {
    const auto read = file.read();
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, "vision.pack_pickle");
    EXPECT_EQ(read.error().kind, Kind::corrupt);
    EXPECT_NE(read.error().message.find(because), std::string::npos) << read.error().message;
}

TEST(PackPickle, Reads_a_tensor_by_name) {
    const auto read = matrix().read();
    ASSERT_TRUE(read) << read.error().message;
    const auto& weight = read->at("weight");
    EXPECT_EQ(weight.shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(weight.values, (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

TEST(PackPickle, Honours_strides) {
    const auto read =
        File().head().steps(dict).tensor("weight", "7", 6, 0, {3, 2}, {1, 3}).steps(".").keys({"7"}).storage({1, 2, 3, 4, 5, 6}).read();
    EXPECT_EQ(read.value().at("weight").values, (std::vector<float>{1, 4, 2, 5, 3, 6}));
}

TEST(PackPickle, Two_tensors_may_share_a_storage_by_offset) {
    const auto read = File()
                          .head()
                          .steps(dict)
                          .tensor("first", "7", 4, 0, {2}, {1})
                          .tensor("second", "7", 4, 2, {2}, {1})
                          .steps(".")
                          .keys({"7"})
                          .storage({1, 2, 3, 4})
                          .read();
    EXPECT_EQ(read.value().at("first").values, (std::vector<float>{1, 2}));
    EXPECT_EQ(read.value().at("second").values, (std::vector<float>{3, 4}));
}

TEST(PackPickle, Leaves_out_the_counters_of_training) {
    const auto read = File()
                          .head()
                          .steps(dict)
                          .tensor("seen", "8", 1, 0, {1}, {1}, "LongStorage")
                          .steps(".")
                          .keys({"8"})
                          .number(std::int64_t{1})
                          .number(std::int64_t{99})
                          .read();
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(read->empty());
}

TEST(PackPickle, Refuses_a_class_that_weights_do_not_need) {
    refused(File().head().steps(dict).text("weight").steps("cos\nsystem\n(").text("true").steps("tRs."), "class");
}

TEST(PackPickle, Refuses_every_step_outside_the_closed_list) {
    const std::string_view allowed{"\x80N\x88\x89KMJ\x8aXc()]}t\x85\x86\x87qrhjeusQRb.", 30};
    for (int opcode = 0; opcode < 256; ++opcode) {
        if (allowed.find(static_cast<char>(opcode)) != std::string_view::npos) continue;
        refused(File().head().steps(dict).steps(std::string(1, static_cast<char>(opcode))), "step");
    }
}

TEST(PackPickle, Refuses_numbers_that_point_outside_the_file) {
    refused(File().head().steps(dict).tensor("w", "7", 4, 1, {4}, {1}).steps(".").keys({"7"}).storage({1, 2, 3, 4}), "outside its storage");
    refused(File().head().steps(dict).tensor("w", "7", 4, 0, {2}, {4}).steps(".").keys({"7"}).storage({1, 2, 3, 4}), "outside its storage");
    refused(File().head().steps(dict).tensor("w", "7", 4, -1, {4}, {1}).steps(".").keys({"7"}).storage({1, 2, 3, 4}),
            "outside its storage");
    refused(File().head().steps(dict).tensor("w", "7", 4, 0, {-4}, {1}).steps(".").keys({"7"}).storage({1, 2, 3, 4}),
            "outside its storage");
    refused(File().head().steps(dict).tensor("w", "7", 4, 0, {2, 2}, {1}).steps(".").keys({"7"}).storage({1, 2, 3, 4}),
            "outside its storage");
    refused(File().head().steps(dict).tensor("w", "7", 4, 0, {2147483647, 2147483647}, {1, 1}).steps(".").keys({"7"}).storage({1, 2, 3, 4}),
            "outside its storage");
    refused(File().head().steps(dict).tensor("w", "7", 4, 0, {4}, {0}).steps(".").keys({"7"}).storage({1, 2, 3, 4}), "outside its storage");
    refused(File().head().steps(dict).tensor("w", "7", 4, 0, {4}, {1}).steps(".").keys({"7"}).number(std::int64_t{1} << 60), "too long");
    refused(File().head().steps(dict).tensor("w", "7", 4, 0, {4}, {1}).steps(".").keys({"7"}).number(std::int64_t{-1}), "too long");
}

TEST(PackPickle, Refuses_a_storage_that_is_missing_or_belongs_to_nobody) {
    refused(File().head().steps(dict).tensor("w", "7", 4, 0, {4}, {1}).steps(".").keys({}), "missing");
    refused(File().head().steps(dict).steps(".").keys({"7"}).storage({1}), "belongs to no tensor");
}

TEST(PackPickle, Tensors_cannot_be_larger_than_the_file_together) {
    File file;
    file.head().steps(dict);
    for (int i = 0; i < 3; ++i) file.tensor("w" + std::to_string(i), "7", 4, 0, {4}, {1});
    refused(file.steps(".").keys({"7"}).storage({1, 2, 3, 4}), "larger than the file");
}

TEST(PackPickle, Deep_nesting_does_not_overflow_the_stack) {
    File file;
    file.head().steps(dict).text("deep").steps("N");
    std::string deep(900'000, '\x85');  // a tuple in a tuple in a tuple
    refused(file.steps(deep).steps("s."), "");
}

TEST(PackPickle, Refuses_what_ends_early_at_every_byte) {
    const auto file = matrix();
    const auto whole = file.bytes();
    for (std::size_t count = 0; count < whole.size(); ++count) EXPECT_FALSE(read_state_dict(whole.first(count))) << count;
}

TEST(PackPickle, Survives_every_changed_byte) {
    const auto file = matrix();
    std::vector<std::uint8_t> bytes(file.bytes().begin(), file.bytes().end());
    for (auto& byte : bytes)
        for (int value : {0, 0xff, byte ^ 0x40}) {
            const auto kept = byte;
            byte = static_cast<std::uint8_t>(value);
            (void)read_state_dict(bytes).has_value();
            byte = kept;
        }
}

}  // namespace
}  // namespace vitrine::vision
