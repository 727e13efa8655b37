#pragma once
// Tesseract, where Debian's package is installed: what reads text while the pack's own models for it are not there.
// docs/decisions/0006-tesseract.md says why it is a program of its own.

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "photo/picture.hpp"
#include "vision/task.hpp"
#include "vision/tesseract_tsv.hpp"

namespace vitrine::vision {

struct TesseractOptions {
    std::filesystem::path program{};  // empty: `tesseract` on the search path
    std::chrono::milliseconds time_max{30'000};
};

// Any thread; every reading is a process of its own, on one core.
class Tesseract {
public:
    // Runs it once, so that a broken installation is known now.
    // Errors: vision.tesseract_missing, vision.tesseract_broken, each with what to install.
    static Result<Tesseract> find(const TesseractOptions& = {});

    // Lines as they are laid out on the page. Errors: vision.tesseract_failed.
    Result<std::vector<TesseractLine>> read(const photo::Picture&) const;

    // "5.3.0 (eng+ita)": those installed of the languages that labels are written in.
    const std::string& version() const { return version_; }

private:
    Tesseract(std::filesystem::path program, std::string languages, const TesseractOptions& options)
        : program_(std::move(program)), languages_(std::move(languages)), options_(options) {}

    std::filesystem::path program_;
    std::string languages_, version_;
    TesseractOptions options_;
};

// The task "text" by Tesseract, with a version of its own: when the pack's reader is back, photos are read again. What that
// reader found before stays. `because`: why the pack's is not there, in words with the fix.
std::unique_ptr<Task> make_text_by_tesseract(Tesseract, std::string because);

}  // namespace vitrine::vision
