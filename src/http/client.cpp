#include "http/client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <charconv>
#include <mutex>

namespace vitrine::http {
namespace {

struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeForm {
    void operator()(curl_mime* form) const { curl_mime_free(form); }
};

// One call under way: what curl's callbacks write to.
struct Receiving {
    const Sending& sending;
    std::uint64_t bytes_max;
    Answer answer;
    bool too_large = false;
    std::chrono::steady_clock::time_point told{};
};

std::size_t on_body(char* data, std::size_t, std::size_t bytes, void* user) {
    auto& receiving = *static_cast<Receiving*>(user);
    if (receiving.answer.body.size() + bytes > receiving.bytes_max) {
        receiving.too_large = true;
        return 0;
    }
    receiving.answer.body.append(data, bytes);
    return bytes;
}

std::size_t on_header(char* data, std::size_t, std::size_t bytes, void* user) {
    auto& receiving = *static_cast<Receiving*>(user);
    std::string_view line(data, bytes);
    if (line.starts_with("HTTP/")) receiving.answer.headers = {};  // of the last answer; a 100 comes before it
    auto colon = line.find(':');
    if (colon == std::string_view::npos) return bytes;
    auto value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == '\r' || value.back() == '\n' || value.back() == ' ')) value.remove_suffix(1);
    receiving.answer.headers.add(line.substr(0, colon), std::string(value));
    return bytes;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t total, curl_off_t sent) {
    auto& receiving = *static_cast<Receiving*>(user);
    if (!receiving.sending.progress || total <= 0) return 0;
    auto now = std::chrono::steady_clock::now();
    if (sent < total && now - receiving.told < std::chrono::seconds(1)) return 0;
    receiving.told = now;
    return receiving.sending.progress(static_cast<std::uint64_t>(sent), static_cast<std::uint64_t>(total)) ? 0 : 1;
}

Error error_of(CURLcode code, const Receiving& receiving, const char* details) {
    const auto& url = receiving.sending.url;
    std::string why = *details ? details : curl_easy_strerror(code);
    if (receiving.too_large) return {Kind::limit, "client.too_large", "The answer is larger than can be taken.", url};
    switch (code) {
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
            return {Kind::invalid, "client.address", "This is no http or https address.", url};
        case CURLE_READ_ERROR:
            return {Kind::not_found, "client.file", fmt::format("A file to send cannot be read: {}.", why), url};
        case CURLE_ABORTED_BY_CALLBACK:
            return {Kind::conflict, "client.stopped", "The upload was stopped.", url};
        case CURLE_OPERATION_TIMEDOUT:
            return {Kind::unavailable, "client.timeout", fmt::format("The server took too long: {}.", why), url};
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
            return {Kind::unavailable, "client.certificate", fmt::format("The server's certificate is not trusted: {}.", why), url};
        default:
            return {Kind::unavailable, "client.unreachable", fmt::format("The server cannot be reached: {}.", why), url};
    }
}

Kind kind_of(int status) {
    switch (status) {
        case 401:
        case 403:
            return Kind::denied;
        case 404:
            return Kind::not_found;
        case 409:
        case 412:
            return Kind::conflict;
        case 413:
        case 429:
            return Kind::limit;
        case 502:
        case 503:
        case 504:
            return Kind::unavailable;
        default:
            return status >= 500 ? Kind::internal : Kind::invalid;
    }
}

}  // namespace

struct Client::Inside {
    ClientOptions options;
    std::unique_ptr<CURL, FreeHandle> handle;
};

Client::Client(ClientOptions options) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    inside_ = std::make_unique<Inside>(Inside{std::move(options), std::unique_ptr<CURL, FreeHandle>(curl_easy_init())});
}

Client::~Client() = default;

Result<Answer> Client::send(const Sending& sending) {
    CURL* curl = inside_->handle.get();
    const auto& options = inside_->options;
    curl_easy_reset(curl);  // keeps the connection

    char details[CURL_ERROR_SIZE] = "";
    Receiving receiving{sending, options.answer_bytes_max, {}};
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, details);
    curl_easy_setopt(curl, CURLOPT_URL, sending.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, options.user_agent.c_str());
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(options.connect_time_max.count()));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(options.total_time_max.count()));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.silent_time_max.count()));
    if (!options.authority.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options.authority.c_str());  // the system's lie in CAPATH
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiving);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &receiving);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &receiving);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);

    std::unique_ptr<curl_slist, FreeList> headers;
    auto add_header = [&](const std::string& line) { headers.reset(curl_slist_append(headers.release(), line.c_str())); };
    for (const auto& [name, value] : sending.headers.all()) add_header(fmt::format("{}: {}", name, value));

    std::unique_ptr<curl_mime, FreeForm> form;
    if (!sending.form.empty()) {
        form.reset(curl_mime_init(curl));
        for (const auto& part : sending.form) {
            auto* made = curl_mime_addpart(form.get());
            curl_mime_name(made, part.name.c_str());
            if (part.file.empty()) {
                curl_mime_data(made, part.text.data(), part.text.size());
                continue;
            }
            if (curl_mime_filedata(made, part.file.c_str()) != CURLE_OK)
                return Error{Kind::not_found, "client.file", fmt::format("{} cannot be read.", part.file.string()), part.file.string()};
            curl_mime_filename(made, part.file_name.empty() ? part.file.filename().c_str() : part.file_name.c_str());
        }
        curl_easy_setopt(curl, CURLOPT_MIMEPOST, form.get());
    } else if (sending.method != Method::get) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(sending.body.size()));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sending.body.c_str());
        if (!sending.headers.has("content-type")) add_header("content-type:");  // curl would say it is a form
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    if (sending.method != Method::get) curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, std::string(name_of(sending.method)).c_str());

    auto code = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);  // it ends with this frame
    if (code != CURLE_OK) return error_of(code, receiving, details);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    receiving.answer.status = static_cast<int>(status);
    return std::move(receiving.answer);
}

Result<json::Value> json_of(const Answer& answer) {
    auto value = json::parse(answer.body);
    if (answer.status >= 200 && answer.status < 300 && value) return value;
    Error error{kind_of(answer.status), "client.answer",
                fmt::format("The server answered {}, and not as vitrine does. Is the address right?", answer.status)};
    if (auto there = answer.headers.get("location"); answer.status >= 300 && answer.status < 400 && !there.empty())
        return Error{Kind::invalid, "client.moved", fmt::format("The server is elsewhere; it sends to {}", there), std::string(there)};
    if (answer.status < 400 || !value || !value->is_object()) return error;
    auto text = [&](const char* key, std::string otherwise) {
        const auto* found = value->get_object().if_contains(key);
        return found && found->is_string() ? std::string(found->get_string()) : otherwise;
    };
    error = Error{error.kind, text("code", error.code), text("detail", error.message), text("path", "")};
    auto wait = answer.headers.get("retry-after");
    std::from_chars(wait.data(), wait.data() + wait.size(), error.retry_after_seconds);
    return error;
}

}  // namespace vitrine::http
