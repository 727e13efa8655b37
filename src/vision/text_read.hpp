#pragma once
// Reads lines of text that were cut out of a photo.

#include "vision/opening.hpp"
#include "vision/text_alphabet.hpp"
#include "vision/text_pixels.hpp"

namespace vitrine::vision {

struct TextReadOptions {
    int width_least = 320;  // of what the reader sees; short lines are padded to it
    int width_step = 32;
    int width_max = 3200;  // longer lines are squeezed
};

// Any thread.
class TextReader {
public:
    // Errors: those of Opening::load and read_alphabet.
    static Result<TextReader> open(Opening&, const TextReadOptions&);

    // In the order of the lines, several read at a time. One that stands on its head is turned around first.
    // Errors: those of Lease.
    Result<std::vector<Reading>> read(std::vector<photo::Picture> lines) const;

    const std::string& version() const { return version_; }

private:
    TextReader(Model turn, Model read, Alphabet alphabet, std::string version, const TextReadOptions& options, std::size_t at_once)
        : turn_(std::move(turn)),
          read_(std::move(read)),
          alphabet_(std::make_shared<const Alphabet>(std::move(alphabet))),
          version_(std::move(version)),
          options_(options),
          at_once_(at_once) {}

    Result<Reading> read(photo::Picture line) const;
    Result<bool> upside_down(const photo::Picture& line) const;

    Model turn_, read_;
    std::shared_ptr<const Alphabet> alphabet_;
    std::string version_;
    TextReadOptions options_;
    std::size_t at_once_;  // lines
};

}  // namespace vitrine::vision
