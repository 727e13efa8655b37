#include "http/multipart.hpp"

#include <gtest/gtest.h>

namespace vitrine::http {
namespace {

// Writes down what the reader finds.
struct Notes : PartSink {
    std::string text;
    Result<void> begin(const Part& part) override {
        text += "[" + part.name + (part.file_name ? "|" + *part.file_name : "") + ":";
        return {};
    }
    Result<void> data(std::string_view bytes) override {
        text += bytes;
        return {};
    }
    Result<void> end() override {
        text += "]";
        return {};
    }
};

std::string read_in_pieces(std::string_view body, std::size_t piece, std::string_view boundary = "B") {
    Notes notes;
    MultipartReader reader(boundary, {}, notes);
    for (std::size_t at = 0; at < body.size(); at += piece)
        if (auto fed = reader.feed(body.substr(at, piece)); !fed) return fed.error().code;
    if (auto done = reader.finish(); !done) return done.error().code;
    return notes.text;
}

TEST(Multipart, pieces_of_any_size_read_the_same) {
    const std::string body =
        "a preamble\r\n--B \t\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
        "1\r\n2\r\n--\r\n--A\r\n-\r\r\n--B\r\ncontent-disposition:form-data;name=b\r\n\r\n\r\n--B\r\nContent-Disposition: form-data; "
        "name=c\r\n\r\n--B--\r\nan epilogue";
    const std::string want = "[a|x.jpg:1\r\n2\r\n--\r\n--A\r\n-\r][b:][c:]";
    for (std::size_t piece = 1; piece <= body.size(); ++piece) ASSERT_EQ(read_in_pieces(body, piece), want) << piece;
}

TEST(Multipart, an_empty_form_is_one_without_parts) {
    EXPECT_EQ(read_in_pieces("--B--", 1), "");
    EXPECT_EQ(read_in_pieces("--B--\r\n", 100), "");
}

TEST(Multipart, what_stops_too_early_or_goes_on_too_long_is_refused) {
    for (auto body : {"", "--B", "--B\r\n", "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n",
                      "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--B", "--B-"})
        EXPECT_EQ(read_in_pieces(body, 3), "http.multipart") << body;
    EXPECT_EQ(read_in_pieces(std::string(3000, 'x'), 7), "http.multipart") << "a preamble without end";
    EXPECT_EQ(read_in_pieces("--B--" + std::string(3000, 'x'), 7), "http.multipart") << "an epilogue without end";
    EXPECT_EQ(read_in_pieces("--B" + std::string(3000, ' '), 7), "http.multipart") << "padding without end";
    std::string many;
    for (int i = 0; i < 101; ++i) many += "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n";
    EXPECT_EQ(read_in_pieces(many + "--B--", 1000), "http.too_many_parts");
}

TEST(Multipart, boundaries_are_taken_as_rfc_2046_has_them) {
    EXPECT_EQ(MultipartReader::boundary_of("multipart/form-data; boundary=abc").value(), "abc");
    EXPECT_EQ(MultipartReader::boundary_of("multipart/form-data; charset=utf-8; boundary=\"a b:c\"").value(), "a b:c");
    for (auto bad :
         {"multipart/form-data", "multipart/form-data; boundary=\"\"", "multipart/form-data; boundary=\"a \"",
          "multipart/form-data; boundary=a;boundary=b", "multipart/form-data; boundary=\"a\"b", "multipart/form-data; boundary=<a>"})
        EXPECT_FALSE(MultipartReader::boundary_of(bad)) << bad;
    EXPECT_FALSE(MultipartReader::boundary_of("multipart/form-data; boundary=" + std::string(71, 'a')));
}

TEST(Multipart, file_names_keep_their_words_and_lose_what_is_no_text) {
    EXPECT_EQ(as_file_name("../größe ☕.jpg"), "../größe ☕.jpg");
    EXPECT_EQ(as_file_name("a\r\nb\x7f\xc0\xaf"),
              "a\xef\xbf\xbd\xef\xbf\xbd"
              "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    EXPECT_EQ(as_file_name(std::string(1000, 'a')).size(), 255u);
}

}  // namespace
}  // namespace vitrine::http
