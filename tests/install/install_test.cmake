# Installs BUILD into a prefix of its own under WORK, builds EXAMPLE against it and runs that under launch/run.
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY COMMAND_ECHO STDOUT)
endfunction()

file(REMOVE_RECURSE ${WORK})
if(FLAGS)
  set(sanitize -DCMAKE_CXX_FLAGS=-fsanitize=${FLAGS})
endif()
set(prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
run(${CMAKE_COMMAND} -S ${EXAMPLE} -B ${WORK}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_CXX_COMPILER=${CXX} ${sanitize})
run(${CMAKE_COMMAND} --build ${WORK}/build)
set(ENV{OMP_NUM_THREADS} 1)
execute_process(COMMAND ${prefix}/share/ktrain/launch/run -n 2 --program ${WORK}/build/example
                        ${prefix}/share/ktrain/configs/models/mlp.json synthetic:images=28x28x1,samples=512
                OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY ECHO_OUTPUT_VARIABLE)
if(NOT output MATCHES "2 workers: loss [-0-9.e]+, accuracy (0\\.9|1)")
  message(FATAL_ERROR "the example's model did not learn")
endif()
run(${prefix}/bin/ktrain --version)
