#include "stress/cli/verb.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

namespace minusone::cli {

Option* Option::between(std::int64_t least, std::int64_t most) {
  option_->check(CLI::Range(least, most));
  return this;
}

Option* Option::natural() {
  option_->check(CLI::Validator(
      [](std::string& given) {
        return given.starts_with('-') ? "expected 0 or a positive number, not " + given
                                      : std::string();
      },
      ""));
  return this;
}

Option* Option::one_of(const std::vector<std::string>& words) {
  option_->check(CLI::IsMember(words));
  return this;
}

Option* Option::expects(int least, int most) {
  option_->expected(least, most);
  return this;
}

Option* Option::one_at_a_time() {
  option_->allow_extra_args(false);
  return this;
}

Option* Option::required() {
  option_->required();
  return this;
}

Option* Option::type_name(const std::string& name) {
  option_->type_name(name);
  return this;
}

Option* Option::shows_default() {
  option_->capture_default_str();
  return this;
}

Option* Option::shows_default(const std::string& text) {
  option_->default_str(text);
  return this;
}

Option* Verb::keep(CLI::Option* option) { return &options_.emplace_back(option); }

Verb* Verb::add_verb(const std::string& name, const std::string& help) {
  return verbs_.emplace_back(std::make_unique<Verb>(app_->add_subcommand(name, help))).get();
}

void Verb::requires_verb() { app_->require_subcommand(1); }

template <class T>
Option* Verb::add_option(const std::string& name, T& target, const std::string& help) {
  return keep(app_->add_option(name, target, help));
}

template Option* Verb::add_option(const std::string&, std::string&, const std::string&);
template Option* Verb::add_option(const std::string&, std::vector<std::string>&,
                                  const std::string&);
template Option* Verb::add_option(const std::string&, int&, const std::string&);
template Option* Verb::add_option(const std::string&, unsigned&, const std::string&);
template Option* Verb::add_option(const std::string&, std::uint64_t&, const std::string&);
template Option* Verb::add_option(const std::string&, std::optional<int>&, const std::string&);
template Option* Verb::add_option(const std::string&, std::optional<std::uint64_t>&,
                                  const std::string&);

Option* Verb::add_option_function(const std::string& name,
                                  std::function<void(const std::string&)> take,
                                  const std::string& help) {
  return keep(app_->add_option_function<std::string>(name, std::move(take), help));
}

Option* Verb::add_flag(const std::string& name, bool& target, const std::string& help) {
  return keep(app_->add_flag(name, target, help));
}

Option* Verb::add_flag_callback(const std::string& name, std::function<void()> take,
                                const std::string& help) {
  return keep(app_->add_flag_callback(name, std::move(take), help));
}

void Verb::callback(std::function<void()> run) { app_->callback(std::move(run)); }

Command::Command(const std::string& name, const std::string& help, const std::string& version)
    : Verb(nullptr), owned_(std::make_unique<CLI::App>(help, name)) {
  app_ = owned_.get();
  app_->set_version_flag("--version", version);
}

Command::~Command() = default;

// What stands behind "--" is a program's: to CLI11 each word of it is an option's value.
std::optional<int> Command::parse(int argc, char** argv) {
  std::vector<std::string> words(argv, argv + argc);
  const auto rest = std::ranges::find(words, "--");
  if (rest != words.end()) {
    for (auto word = words.erase(rest); word != words.end(); ++word) *word = "--argument=" + *word;
  }
  std::vector<const char*> all;
  for (const auto& word : words) all.push_back(word.c_str());
  try {
    app_->parse(static_cast<int>(all.size()), all.data());
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app_->exit(error);
    std::vector<std::string> verbs;
    for (const auto* verb : app_->get_subcommands({})) verbs.push_back(verb->get_name());
    auto near = argc > 1 ? nearest(argv[1], verbs) : "";
    if (argc > 1 && near == argv[1]) near.clear();
    throw BadCommandLine(error.what(), near);
  }
  return {};
}

std::optional<std::uint64_t> parse_bytes(const std::string& given) {
  std::string value = given;
  std::uint64_t bytes = 0;
  try {
    CLI::AsSizeValue size(false);
    size(value);
    if (CLI::detail::lexical_cast(value, bytes)) return bytes;
  } catch (const CLI::Error&) {
  }
  return {};
}

}  // namespace minusone::cli
