// Trains a Keras architecture with as many workers as mpirun starts:
//   mpirun -n 2 ./example model.json idx:DIRECTORY
#include <iostream>

#include <ktrain/comm/communicator.h>
#include <ktrain/core/error.h>
#include <ktrain/data/dataset.h>
#include <ktrain/keras/architecture.h>
#include <ktrain/optim/optimizer.h>
#include <ktrain/train/evaluate.h>
#include <ktrain/train/trainer.h>

int main(int, char** argv) {
  ktrain::MpiSession session;
  const auto world = session.world();
  try {
    auto model = ktrain::load_architecture(argv[1]).model;
    const auto data = ktrain::open_dataset(argv[2]);
    const auto adam = ktrain::make_optimizer("adam");
    ktrain::TrainerOptions options;
    options.global_batch = 64;

    ktrain::Trainer trainer(*world, model, *adam, data, options);
    while (trainer.position().epoch < 5) trainer.step();

    const auto result = ktrain::evaluate(*world, model, data, options.objective, options.global_batch);
    if (world->rank() == 0) {
      std::cout << world->size() << " workers: loss " << result.loss << ", " << result.metrics[0].name << " "
                << result.metrics[0].value << std::endl;
    }
  } catch (const ktrain::Error& error) {
    std::cerr << "rank " << world->rank() << ": " << error.what() << std::endl;
    world->abort(static_cast<int>(error.code()));
  }
}
