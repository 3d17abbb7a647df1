#include <boost/program_options.hpp>
#include <sstream>
#include <variant>

#include "config/option.h"
#include "core/names.h"
#include "core/text.h"

namespace ktrain {
namespace {

namespace po = boost::program_options;

constexpr unsigned kColumns = 100;

constexpr const char* kUsage = R"(Distributed data-parallel training of Keras models.

  ktrain [train] [options]      train a model
  ktrain evaluate [options]     loss and metrics of a model's weights
  ktrain predict [options]      a model's outputs
  ktrain summary [options]      a model's layers
  ktrain convert FROM TO        a model in another of Keras's file formats
  ktrain inspect [options]      what in a model is tied to a batch size
  ktrain rebatch FROM TO --to N a model with its numbers changed for another batch size
  ktrain recalibrate [options]  BatchNormalization's moving statistics, estimated anew
  ktrain noise-scale [options]  a model's gradient noise scale, and what other batches cost
  mpirun -n 8 ktrain [options]  the same run with eight workers

Every option --global-batch N is also a variable KTRAIN_GLOBAL_BATCH=N and a line 'global-batch = N'
of the --config file; the command line wins over variables, and they over the file. 'none' takes an
option back. A switch is set by its name, or by on or off: --nesterov=off.

)";

constexpr const char* kExitCodes = R"(Exit codes:
   0  done
  64  an option that does not exist or does not parse
  65  an input file's content is wrong
  66  an input file is missing or unreadable
  69  a worker was lost or stalled
  70  a defect of ktrain
  74  writing failed
  75  stopped by a signal; a checkpoint to resume from was written
  76  the loss or a gradient is not finite
  77  workers hold different weights
  78  options that contradict each other, the model or the machine
)";

std::string default_of(const Option& option) {
  struct Visitor {
    std::string operator()(std::monostate) const { return "none"; }
    std::string operator()(bool value) const { return value ? "on" : "off"; }
    std::string operator()(std::int64_t value) const { return text(value); }
    std::string operator()(double value) const { return text(value); }
    std::string operator()(const std::string& value) const { return value; }
    std::string operator()(const std::vector<std::string>& value) const { return join(value); }
  };
  return option.default_note.empty() ? std::visit(Visitor{}, option.get(RunConfig{})) : option.default_note;
}

}  // namespace

std::string help_text() {
  std::ostringstream out;
  out << kUsage;
  for (const OptionGroup& group : option_groups()) {
    po::options_description description(group.title, kColumns, kColumns * 2 / 3);
    for (const Option& option : group.options) {
      const bool is_setting = option.place != Place::kCommandLine;
      const std::string help = option.help + (is_setting ? " (default: " + default_of(option) + ")" : "");
      if (option.argument.empty()) {
        description.add_options()(option.name.c_str(), help.c_str());
      } else {
        description.add_options()(option.name.c_str(), po::value<std::string>()->value_name(option.argument),
                                  help.c_str());
      }
    }
    out << description << "\n";
  }
  out << kExitCodes;
  return out.str();
}

}  // namespace ktrain
