#pragma once
// A task answers one question about one photo. One implementation a file; another captioner, detector or VLM joins by
// adding a file and a row in eyes.cpp, with no edit elsewhere.

#include <string>
#include <string_view>

#include "core/json.hpp"
#include "core/result.hpp"
#include "photo/picture.hpp"

namespace vitrine::vision {

// What earlier tasks found may steer later ones (the text gate looks at the kind).
struct Seen;

class Task {
public:
    virtual ~Task() = default;
    virtual std::string_view name() const = 0;  // "text": the key in findings and metrics
    virtual std::string version() const = 0;    // of model and code: another version is computed anew
    // Any thread, several at once. Errors: vision.model_missing, vision.failed.
    virtual Result<json::Value> run(const photo::Decoded&, const Seen&) = 0;

    // Whether what that version found before is as good as found now.
    virtual bool stands(std::string_view version) const { return version == this->version(); }
    // What a person should know and mend although it works; empty when all is well.
    virtual std::string remark() const { return {}; }
};

}  // namespace vitrine::vision
