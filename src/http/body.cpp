#include "http/body.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/id.hpp"
#include "core/utf8.hpp"
#include "http/multipart.hpp"

namespace vitrine::http {
namespace {

constexpr std::string_view temporary_prefix = "upload-";
constexpr std::uint64_t fields_bytes_max = 256 * 1024;

std::string in_words(std::uint64_t bytes) {
    if (bytes >= 1'000'000 && bytes % 100'000 == 0) return fmt::format("{:g} MB", static_cast<double>(bytes) / 1e6);
    return fmt::format("{} bytes", bytes);
}

Error file_too_large(const Route& route, const std::string& where) {
    return {Kind::limit, "http.file_too_large",
            fmt::format("The file is larger than {}, the most a photo may have here.", in_words(route.file_bytes_max)), where};
}
Error body_too_large(std::uint64_t bytes_max) {
    return {Kind::limit, "http.body_too_large",
            fmt::format("The body is larger than {}, the most this address takes.", in_words(bytes_max))};
}
Error disk(int reason) {
    bool full = reason == ENOSPC || reason == EDQUOT;
    return {Kind::unavailable, "http.disk",
            full ? std::string("The disk is full; nothing was kept. Free some space and send it again.")
                 : fmt::format("The upload could not be written to disk: {}.", std::strerror(reason))};
}

// One file on its way to the disk.
class IncomingFile {
public:
    static Result<IncomingFile> create(const std::filesystem::path& folder) {
        IncomingFile file;
        file.path_ = folder / (std::string(temporary_prefix) + to_string(make_uuid_v7()));
        file.descriptor_ = ::open(file.path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file.descriptor_ < 0) return disk(errno);
        file.digest_.reset(EVP_MD_CTX_new());
        EVP_DigestInit_ex(file.digest_.get(), EVP_sha256(), nullptr);
        return file;
    }
    IncomingFile(IncomingFile&& other) noexcept
        : path_(std::move(other.path_)),
          descriptor_(std::exchange(other.descriptor_, -1)),
          digest_(std::move(other.digest_)),
          bytes_(other.bytes_) {
        other.path_.clear();
    }
    IncomingFile& operator=(IncomingFile&&) = delete;
    ~IncomingFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    const std::filesystem::path& path() const { return path_; }
    std::uint64_t bytes() const { return bytes_; }

    Result<void> write(std::string_view data) {
        EVP_DigestUpdate(digest_.get(), data.data(), data.size());
        bytes_ += data.size();
        while (!data.empty()) {
            auto written = ::write(descriptor_, data.data(), data.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return disk(errno);
            data.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }

    Result<UploadedFile> close(std::string field, std::string file_name) {
        unsigned char hash[EVP_MAX_MD_SIZE];
        unsigned int length = 0;
        EVP_DigestFinal_ex(digest_.get(), hash, &length);
        if (::close(std::exchange(descriptor_, -1)) != 0) return disk(errno);
        UploadedFile done{std::move(field), std::move(file_name), path_, bytes_, {}};
        for (unsigned int i = 0; i < length; ++i) done.sha256 += fmt::format("{:02x}", hash[i]);
        return done;
    }

private:
    struct FreeDigest {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    IncomingFile() = default;
    std::filesystem::path path_;
    int descriptor_ = -1;
    std::unique_ptr<EVP_MD_CTX, FreeDigest> digest_;
    std::uint64_t bytes_ = 0;
};

// The files of a request, removed when it dies unless a handler has renamed them away.
class TemporaryFiles {
public:
    explicit TemporaryFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
    ~TemporaryFiles() {
        for (const auto& path : made_) ::unlink(path.c_str());
    }
    TemporaryFiles(const TemporaryFiles&) = delete;
    TemporaryFiles& operator=(const TemporaryFiles&) = delete;

    Result<IncomingFile> create() {
        auto file = TRY(IncomingFile::create(folder_));
        made_.push_back(file.path());
        return file;
    }

private:
    std::filesystem::path folder_;
    std::vector<std::filesystem::path> made_;
};

class NoBody final : public Body {
public:
    Result<void> feed(std::string_view) override {
        return Error{Kind::invalid, "http.unexpected_body", "This address takes no body; send the request without one."};
    }
    Result<void> finish(Request&) override { return {}; }
};

class JsonBody final : public Body {
public:
    explicit JsonBody(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}
    Result<void> feed(std::string_view data) override {
        if (text_.size() + data.size() > bytes_max_) return body_too_large(bytes_max_);
        text_ += data;
        return {};
    }
    Result<void> finish(Request& request) override {
        request.body = std::move(text_);
        return {};
    }

private:
    std::uint64_t bytes_max_;
    std::string text_;
};

// One raw image: `curl --data-binary @x.jpg -H 'Content-Type: image/jpeg'`.
class RawBody final : public Body {
public:
    RawBody(const Route& route, std::string file_name, std::filesystem::path folder)
        : route_(route), file_name_(std::move(file_name)), files_(std::move(folder)) {}
    Result<void> feed(std::string_view data) override {
        if (!file_) file_.emplace(TRY(files_.create()));
        if (file_->bytes() + data.size() > route_.file_bytes_max) return file_too_large(route_, "");
        return file_->write(data);
    }
    Result<void> finish(Request& request) override {
        if (!file_) file_.emplace(TRY(files_.create()));  // 0 bytes: the handler says what is wrong with it
        request.files.push_back(TRY(file_->close("", file_name_)));
        return {};
    }

private:
    const Route& route_;
    std::string file_name_;
    TemporaryFiles files_;
    std::optional<IncomingFile> file_;
};

class MultipartBody final : public Body, private PartSink {
public:
    MultipartBody(const Route& route, std::string_view boundary, std::filesystem::path folder, std::uint64_t upload_bytes_max)
        : route_(route), files_(std::move(folder)), upload_bytes_max_(upload_bytes_max), reader_(boundary, {}, *this) {}
    Result<void> feed(std::string_view data) override {
        total_ += data.size();
        if (total_ > upload_bytes_max_) return body_too_large(upload_bytes_max_);
        return reader_.feed(data);
    }
    Result<void> finish(Request& request) override {
        TRY(reader_.finish());
        request.fields = std::move(fields_);
        request.files = std::move(done_);
        return {};
    }

private:
    Result<void> begin(const Part& part) override {
        part_ = part;
        text_.clear();
        return {};
    }

    Result<void> data(std::string_view data) override {
        if (part_.file_name) {
            TRY(open_file());
            if (file_->bytes() + data.size() > route_.file_bytes_max) return file_too_large(route_, *part_.file_name);
            return file_->write(data);
        }
        fields_bytes_ += data.size();
        if (fields_bytes_ > fields_bytes_max)
            return Error{Kind::limit, "http.fields_too_large",
                         fmt::format("The text fields are larger than {} together. A photo needs a file name in its part.",
                                     in_words(fields_bytes_max)),
                         part_.name};
        text_ += data;
        return {};
    }

    Result<void> end() override {
        if (!part_.file_name) {
            if (!utf8::length(text_) || text_.find('\0') != std::string::npos)
                return Error{Kind::invalid, "http.field_not_text",
                             fmt::format("The field \"{}\" is not valid UTF-8 text. A photo needs a file name in its part.", part_.name),
                             part_.name};
            fields_[part_.name] = std::move(text_);
            return {};
        }
        if (!file_ && part_.file_name->empty()) return {};  // a browser's file input in which nothing was chosen
        TRY(open_file());
        done_.push_back(TRY(file_->close(part_.name, *part_.file_name)));
        file_.reset();
        return {};
    }

    Result<void> open_file() {
        if (file_) return {};
        if (done_.size() >= static_cast<std::size_t>(route_.files_max))
            return Error{Kind::invalid, "http.too_many_files",
                         fmt::format("More than {} photos in one request; send the rest in another.", route_.files_max), part_.name};
        file_.emplace(TRY(files_.create()));
        return {};
    }

    const Route& route_;
    TemporaryFiles files_;
    std::uint64_t upload_bytes_max_;
    MultipartReader reader_;
    std::uint64_t total_ = 0;
    std::uint64_t fields_bytes_ = 0;
    Part part_;
    std::string text_;
    std::optional<IncomingFile> file_;
    std::vector<UploadedFile> done_;
    std::map<std::string, std::string> fields_;
};

Error unsupported(std::string message) {
    return {Kind::invalid, "http.unsupported_type", std::move(message)};
}

}  // namespace

Result<std::unique_ptr<Body>> Body::open(const Request& request, const Route& route, std::optional<std::uint64_t> content_length,
                                         std::uint64_t upload_bytes_max, const std::filesystem::path& temporary) {
    if (auto encoding = request.headers.get("content-encoding"); !encoding.empty() && encoding != "identity")
        return unsupported("Compressed bodies are not taken; send the bytes as they are.");
    auto type = TRY(parse_parameters(request.headers.get("content-type")));
    auto announced = content_length.value_or(0);

    switch (route.body_kind) {
        case BodyKind::none:
            return std::unique_ptr<Body>(std::make_unique<NoBody>());
        case BodyKind::json:
            if (type.value != "application/json") return unsupported("The body must be JSON, with \"Content-Type: application/json\".");
            if (announced > route.body_bytes_max) return body_too_large(route.body_bytes_max);
            return std::unique_ptr<Body>(std::make_unique<JsonBody>(route.body_bytes_max));
        case BodyKind::photos:
            if (type.value == "multipart/form-data") {
                if (announced > upload_bytes_max) return body_too_large(upload_bytes_max);
                auto boundary = TRY(MultipartReader::boundary_of(request.headers.get("content-type")));
                return std::unique_ptr<Body>(std::make_unique<MultipartBody>(route, boundary, temporary, upload_bytes_max));
            }
            if (type.value.starts_with("image/") || type.value == "application/octet-stream") {
                if (announced > route.file_bytes_max) return file_too_large(route, "");
                std::string file_name;
                if (auto disposition = parse_parameters(request.headers.get("content-disposition")))
                    if (const auto* name = disposition->find("filename")) file_name = as_file_name(*name);
                return std::unique_ptr<Body>(std::make_unique<RawBody>(route, std::move(file_name), temporary));
            }
            return unsupported("Send photos as multipart/form-data, or one photo as image/* or application/octet-stream.");
    }
    return unsupported("This address takes no body.");
}

Result<void> clear_temporary(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        return Error{Kind::unavailable, "http.disk", fmt::format("The folder for uploads cannot be made: {}.", error.message()),
                     folder.string()};
    ::chmod(folder.c_str(), 0700);
    std::filesystem::directory_iterator entries(folder, error);
    if (error)
        return Error{Kind::unavailable, "http.disk", fmt::format("The folder for uploads cannot be read: {}.", error.message()),
                     folder.string()};
    for (const auto& entry : entries)
        if (entry.path().filename().string().starts_with(temporary_prefix)) std::filesystem::remove(entry.path(), error);
    return {};
}

}  // namespace vitrine::http
